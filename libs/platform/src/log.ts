import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type Logger } from 'pino';

/** Structured log: one JSON object a line on standard output. The message is a stable phrase, everything variable is a field. */
export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** Injection token of the service's log. */
export const LOG = Symbol('log');

export function createLog(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // A second line of defence: whoever logs one of these by mistake logs nothing.
    redact: { paths: ['*.clientSecret', '*.token', '*.key', '*.signingSecret', '*.cardNo', '*.authorization'], censor: '***' },
  });
}

/** NestJS's own messages in our log. Its start-up chatter goes to debug: an operator wants to read of the service, not of the framework. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, context?: string): void {
    this.target.debug({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.target.error({ context, stack }, message instanceof Error ? message.message : String(message));
  }
  warn(message: unknown, context?: string): void {
    this.target.warn({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.target.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: string): void {
    this.target.debug({ context }, String(message));
  }
}
