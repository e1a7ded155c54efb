import { Inject, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { equalInConstantTime, type Secret } from '@tillbridge/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallRates } from '../rates/call-rates.js';
import { headerOf } from './request-context.js';

export const ADMIN_TOKEN = Symbol('admin token');

const BEARER = /^Bearer +(\S+)$/i;

/** Lets operators in. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_TOKEN) private readonly token: Secret,
    @Inject(CallRates) private readonly rates: Pick<CallRates, 'refuseGuessing' | 'countFailedLogin'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.rates.refuseGuessing(request);
    const shown = BEARER.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
    if (equalInConstantTime(shown, this.token.reveal())) return true;
    await this.rates.countFailedLogin(request);
    context.switchToHttp().getResponse<FastifyReply>().header('www-authenticate', 'Bearer');
    throw new UnauthorizedException('the admin token is missing or wrong');
  }
}
