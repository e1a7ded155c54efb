import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { channelMessages } from './terminal-channel-samples.js';
import { decode } from './terminal-channel.js';

const text = readFileSync(new URL('../../../docs/TERMINAL-CHANNEL.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```json\n(\{\s*"type"[^]*?)```/g)].map((match) => match[1] ?? '');

describe('docs/TERMINAL-CHANNEL.md', () => {
  it.each(examples)('shows a sound message: %s', (example) => {
    const { type, ...members } = JSON.parse(example) as { type: string };
    const decoded = decode(example);
    expect(decoded).toEqual({ ok: true, message: { type, ...members } });
  });

  it('shows every message there is', () => {
    const shown = examples.map((example) => (JSON.parse(example) as { type: string }).type);
    expect([...new Set(shown)].sort()).toEqual(Object.keys(channelMessages).sort());
  });
});
