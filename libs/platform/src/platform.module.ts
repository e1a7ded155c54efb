import { Module, type DynamicModule } from '@nestjs/common';
import { systemClock, type Clock } from '@tillbridge/kernel';
import { HealthController, HealthRegistry } from './http/health.js';
import { LOG, type Log } from './log.js';

/** Injection token of the clock: domain code gets times as arguments, everything else asks this. */
export const CLOCK = Symbol('clock');

/** What every service has: log, clock, health. */
@Module({})
export class PlatformModule {
  static forRoot(log: Log): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController],
      providers: [HealthRegistry, { provide: LOG, useValue: log }, { provide: CLOCK, useValue: systemClock satisfies Clock }],
      exports: [HealthRegistry, LOG, CLOCK],
    };
  }
}
