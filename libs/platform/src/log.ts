import type { LoggerService } from '@nestjs/common';
import { destination as pinoDestination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { maskText, redact } from './log-redaction.js';

/** Structured log: one JSON object a line on standard output. The message is a stable phrase, everything variable is a field. */
export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** Injection token of the service's log. */
export const LOG = Symbol('log');

/**
 * @param destination where the lines go; standard output when it is left out
 */
export function createLog(service: string, level: string, destination: DestinationStream = pinoDestination()): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      // The formatter has made something harmless of it; pino's own would look for more.
      serializers: { err: (shown: unknown) => shown },
      hooks: {
        logMethod(given, method) {
          method.apply(this, maskedArguments(given));
        },
      },
    },
    destination,
  );
}

/** Messages are masked as well, for the framework writes its own; without one pino would take the error's as it is. */
function maskedArguments(given: readonly unknown[]): [object, string] {
  const [first, ...rest] = typeof given[0] === 'string' ? [{}, ...given] : given;
  const fields = first instanceof Error ? { err: first } : (first as object);
  const message = rest[0] ?? ('err' in fields && fields.err instanceof Error ? fields.err.message : undefined);
  // Placeholders are not filled: everything variable is a field.
  return [fields, typeof message === 'string' ? maskText(message) : ''];
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
