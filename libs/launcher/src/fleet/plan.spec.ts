import { describe, expect, test } from '@jest/globals';

import { allProcessNames, channelUrls, type FleetPlan, planFleet, processNames } from './plan.js';

function planOf(replicas: number): FleetPlan {
  const ports = new Map(allProcessNames(replicas).map((name, index) => [name, 20_000 + index]));
  return {
    replicas,
    ports,
    distRoot: '/build',
    natsUrl: 'nats://127.0.0.1:4222',
    databaseUrls: { binding: 'pg:b', transactions: 'pg:tx', terminals: 'pg:te', 'host-delivery': 'pg:h' },
    adminToken: 'admin',
    secretsKey: 'k1:key',
    logLevel: 'info',
    compileCache: '/cache',
    settings: { gateway: { TILLBRIDGE_EXTRA: '1' } },
  };
}

const settingsOf = (name: string): Readonly<Record<string, string>> => planFleet(planOf(1)).find((spec) => spec.name === name)!.environment;

describe('the plan of a fleet', () => {
  test('runs every service and one virtual terminal', () => {
    expect(planFleet(planOf(1)).map((spec) => spec.name)).toEqual([
      'gateway',
      'binding',
      'transactions',
      'terminals',
      'host-delivery',
      'terminal-simulator',
    ]);
  });

  test('numbers replicas from 1 and never doubles the virtual terminal', () => {
    expect(processNames('gateway', 2)).toEqual(['gateway-1', 'gateway-2']);
    expect(processNames('terminal-simulator', 2)).toEqual(['terminal-simulator']);
    expect(new Set(planFleet(planOf(2)).map((spec) => spec.port)).size).toBe(11);
  });

  test('gives a secret only to the service that needs it', () => {
    const holders = (setting: string): string[] =>
      planFleet(planOf(1))
        .filter((spec) => setting in spec.environment)
        .map((spec) => spec.name);
    expect(holders('TILLBRIDGE_ADMIN_TOKEN')).toEqual(['gateway']);
    expect(holders('TILLBRIDGE_SECRETS_KEYS')).toEqual(['binding', 'host-delivery']);
    expect(holders('TILLBRIDGE_POSTGRES_URL')).toEqual(['binding', 'transactions', 'terminals', 'host-delivery']);
  });

  test('gives each service its own database and the extra settings of its app alone', () => {
    expect(settingsOf('host-delivery')['TILLBRIDGE_POSTGRES_URL']).toBe('pg:h');
    expect(settingsOf('gateway')['TILLBRIDGE_EXTRA']).toBe('1');
    expect(settingsOf('binding')).not.toHaveProperty('TILLBRIDGE_EXTRA');
  });

  test('tells the virtual terminal the channel of every terminals replica', () => {
    const plan = planOf(2);
    const simulator = planFleet(plan).at(-1)!;
    expect(channelUrls(plan)).toHaveLength(2);
    expect(simulator.environment['TILLBRIDGE_SIMULATOR_TERMINALS_URL']).toBe(channelUrls(plan).join(','));
    expect(simulator.entry).toBe('/build/apps/terminal-simulator/dist/main.js');
  });
});
