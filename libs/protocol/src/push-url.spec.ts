import { describe, expect, it } from '@jest/globals';
import { checkPushUrl } from './push-url.js';

describe('results are pushed only to URLs that the policy allows', () => {
  it.each([
    'https://host.example/hook',
    'https://host.example:443/hook?tenant=7',
    'https://host.example:8443/hook',
    'https://host.example:1024/',
  ])('%s, everywhere', (url) => {
    expect(checkPushUrl(url, 'production')).toMatchObject({ ok: true });
    expect(checkPushUrl(url, 'sandbox')).toMatchObject({ ok: true });
  });

  it.each([
    'http://localhost:3000/hook',
    'http://127.0.0.1:3000/hook',
    'http://127.1.2.3:3000/',
    'http://[::1]:3000/hook',
    'http://2130706433:3000/',
  ])('%s, in the sandbox only', (url) => {
    expect(checkPushUrl(url, 'production')).toEqual({ ok: false, expected: 'https' });
    expect(checkPushUrl(url, 'sandbox')).toMatchObject({ ok: true });
  });

  it.each([
    ['http://host.example/hook', 'https, or http to this machine'],
    ['http://localhost.host.example:3000/', 'https, or http to this machine'],
    ['http://10.0.0.1:3000/', 'https, or http to this machine'],
    ['http://[::ffff:127.0.0.1]:3000/', 'https, or http to this machine'],
    ['ftp://host.example/hook', 'https, or http to this machine'],
    ['javascript:alert(1)', 'https, or http to this machine'],
    ['https://user@host.example/', 'no credentials'],
    ['https://user:secret@host.example/', 'no credentials'],
    ['https://host.example:25/', 'port 443, or one from 1024 on'],
    ['https://host.example:80/', 'port 443, or one from 1024 on'],
    ['http://localhost/hook', 'port 443, or one from 1024 on'],
    ['/hook', 'an absolute URL of at most 2048 characters'],
    ['', 'an absolute URL of at most 2048 characters'],
    [`https://host.example/${'a'.repeat(2048)}`, 'an absolute URL of at most 2048 characters'],
  ])('%s is refused everywhere, saying %s', (url, expected) => {
    expect(checkPushUrl(url, 'sandbox')).toEqual({ ok: false, expected });
    expect(checkPushUrl(url, 'production').ok).toBe(false);
  });

  it.each(['https://localhost:3000/hook', 'https://127.0.0.1:3000/', 'https://[::1]/'])(
    '%s is this machine: in the sandbox only',
    (url) => {
      expect(checkPushUrl(url, 'sandbox')).toMatchObject({ ok: true });
      expect(checkPushUrl(url, 'production')).toEqual({ ok: false, expected: 'a public host' });
    },
  );

  it.each([
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '[fc00::1]', '[fd12:3456::1]']],
    ['shared by a carrier', ['100.64.0.1', '100.100.100.200']],
    ['link-local or metadata', ['169.254.0.1', '169.254.169.254', '[fe80::1]', '[fd00:ec2::254]']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '[::]']],
    ['multicast or reserved', ['224.0.0.1', '239.255.255.255', '255.255.255.255', '[ff02::1]']],
    ['mapped or embedded', ['[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[::ffff:a9fe:a9fe]', '[::127.0.0.1]', '[64:ff9b::a00:1]']],
    ['mapped by a tunnel', ['[2002:7f00:1::]', '[2001:0:7f00:1::]']],
    ['written otherwise', ['0xa9fea9fe', '2852039166', '012.1.1.1', '10.1', '169.254.169.254.']],
    ['a name of the inside', ['a.localhost', 'localhost.', 'A.LocalHost', 'metadata.google.internal', 'x.internal.', 'internal']],
  ])('nothing is pushed to an address that is %s', (_kind, hosts) => {
    for (const host of hosts) {
      for (const environment of ['sandbox', 'production'] as const) {
        expect([host, checkPushUrl(`https://${host}/hook`, environment)]).toEqual([host, { ok: false, expected: 'a public host' }]);
      }
    }
  });

  it.each([
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[::ffff:1.1.1.1]',
    'localhost.example',
    'internal.example',
    'host.example.',
  ])('https to %s is public', (host) => {
    expect(checkPushUrl(`https://${host}/hook`, 'production')).toMatchObject({ ok: true });
  });
});
