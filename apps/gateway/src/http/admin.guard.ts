import { Inject, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { equalInConstantTime, type Secret } from '@tillbridge/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headerOf } from './request-context.js';

export const ADMIN_TOKEN = Symbol('admin token');

const BEARER = /^Bearer +(\S+)$/i;

/** Lets operators in. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(@Inject(ADMIN_TOKEN) private readonly token: Secret) {}

  canActivate(context: ExecutionContext): boolean {
    const shown = BEARER.exec(headerOf(context.switchToHttp().getRequest<FastifyRequest>(), 'authorization') ?? '')?.[1] ?? '';
    if (equalInConstantTime(shown, this.token.reveal())) return true;
    context.switchToHttp().getResponse<FastifyReply>().header('www-authenticate', 'Bearer');
    throw new UnauthorizedException('the admin token is missing or wrong');
  }
}
