import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/**
 * The least that an edge on the same framework can cost: NestJS on Fastify, the body taken as bytes and parsed as JSON, no signature, no
 * validation, no limits, and the answer of an accepted payment.
 */
const port = process.argv[2] ?? '0';

@Controller()
class BareController {
  @Get('health/ready')
  ready(): object {
    return { ready: true };
  }

  @Post('pay')
  @HttpCode(200)
  pay(@Req() request: FastifyRequest): object {
    const body = JSON.parse((request.body as Buffer).toString('utf8')) as object;
    return { code: Object.keys(body).length > 0 ? 200 : 40001, msg: 'success', timestamp: '2026-11-01 10:00:00' };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false, bodyParser: false });
const server = app.getHttpAdapter().getInstance();
server.removeAllContentTypeParsers();
server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
await app.listen(Number(port), '127.0.0.1');
process.stdin.on('end', () => process.exit(0)).resume();
