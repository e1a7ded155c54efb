import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The least that an edge on the same framework can cost: NestJS on Fastify, the body taken as bytes and parsed, no signature, no validation,
 * no limits, and the answer of an accepted payment. A body is parsed as the gateway does it (`strict`: UTF-8 without faults, no member twice,
 * no number rounded, not too deep), by the gateway's own code, or as most applications do it (`plain`: JSON.parse).
 */
const [reading = 'strict', port = '0'] = process.argv.slice(2);
const STRICT_READER = join(resolve(import.meta.dirname, '../../..'), 'gateway/dist/paywizard/json-object.js');

type Read = (body: Buffer) => object;

/** Apps are nobody's library, so what is needed of this one is said here. */
type StrictReader = { readObject(body: Uint8Array): { outcome: string; value?: object } };

async function strictly(): Promise<Read> {
  const { readObject } = (await import(pathToFileURL(STRICT_READER).href)) as StrictReader;
  return (body) => readObject(body).value ?? {};
}

const plainly: Read = (body) => JSON.parse(body.toString('utf8')) as object;
const read = reading === 'strict' ? await strictly() : plainly;

@Controller()
class BareController {
  @Get('health/ready')
  ready(): object {
    return { ready: true };
  }

  @Post('pay')
  @HttpCode(200)
  pay(@Req() request: FastifyRequest): object {
    const body = read(request.body as Buffer);
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
