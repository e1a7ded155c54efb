import { Controller, Get, HttpStatus, Inject, Injectable, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

const CHECK_TIMEOUT_MS = 2_000;

/** What the service needs to do its work, each with a check that throws when it is out of reach. */
@Injectable()
export class HealthRegistry {
  private readonly checks = new Map<string, () => Promise<unknown>>();
  private draining = false;

  register(name: string, check: () => Promise<unknown>): void {
    this.checks.set(name, check);
  }

  /** From now on the service says that it is not ready, so that no new work is sent to it. */
  startDraining(): void {
    this.draining = true;
  }

  async report(): Promise<{ ready: boolean; checks: Record<string, 'ok' | 'failed' | 'draining'> }> {
    const results = await Promise.all([...this.checks].map(async ([name, check]) => [name, await passes(check)] as const));
    const checks: Record<string, 'ok' | 'failed' | 'draining'> = Object.fromEntries(results);
    if (this.draining) checks['service'] = 'draining';
    return { ready: Object.values(checks).every((result) => result === 'ok'), checks };
  }
}

async function passes(check: () => Promise<unknown>): Promise<'ok' | 'failed'> {
  const timeout = new Promise<'failed'>((resolve) => setTimeout(() => resolve('failed'), CHECK_TIMEOUT_MS).unref());
  const run = Promise.resolve()
    .then(check)
    .then(
      () => 'ok' as const,
      () => 'failed' as const,
    );
  return Promise.race([run, timeout]);
}

/** `live`: the process answers. `ready`: it can do its work now; 503 with the failing parts otherwise. */
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthRegistry) private readonly registry: HealthRegistry) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const report = await this.registry.report();
    reply.status(report.ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
