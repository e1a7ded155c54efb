import { Inject, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallRates } from '../../rates/call-rates.js';
import { headerOf } from '../request-context.js';
import { nameOfOperator, OPERATORS, type Operator } from './operators.js';

const BEARER = /^Bearer +(\S+)$/i;

const names = new WeakMap<object, string>();

/** The operator who calls: known to everything behind the guard. */
export function operatorOf(request: FastifyRequest): string {
  const name = names.get(request.raw);
  if (name === undefined) throw new TypeError('this route has no AdminGuard');
  return name;
}

/** Lets operators in. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(OPERATORS) private readonly operators: readonly Operator[],
    @Inject(CallRates) private readonly rates: Pick<CallRates, 'refuseGuessing' | 'countFailedLogin'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.rates.refuseGuessing(request);
    const shown = BEARER.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
    const name = nameOfOperator(shown, this.operators);
    if (name !== undefined) {
      names.set(request.raw, name);
      return true;
    }
    await this.rates.countFailedLogin(request);
    context.switchToHttp().getResponse<FastifyReply>().header('www-authenticate', 'Bearer');
    throw new UnauthorizedException('the admin token is missing or wrong');
  }
}
