import { describe, expect, it } from '@jest/globals';
import {
  addClientSecret as addRequest,
  changeDeveloper as changeRequest,
  registerDeveloper as registerRequest,
} from '@tillbridge/contracts';
import {
  addClientSecret,
  changeDeveloper,
  letsInOtherwise,
  registerDeveloper,
  removeClientSecret,
  type Developer,
  type Situation,
} from './developer.js';

const FIRST = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a0f1';
const SECOND = addRequest.sample.secretUid;
const known: Developer = {
  clientId: registerRequest.sample.clientId,
  version: 3,
  name: registerRequest.sample.name,
  standing: 'active',
  unsignedAllowed: true,
  secrets: [{ secretUid: FIRST, slot: 1 }],
};
const withTwo: Developer = { ...known, secrets: [...known.secrets, { secretUid: SECOND, slot: 2 }] };
const situation: Situation = { known, heldAs: undefined, uidTaken: false };

describe('a developer', () => {
  const request = registerRequest.sample;
  const register = (is: Partial<Situation>, more = {}) =>
    registerDeveloper({ ...situation, ...is }, { ...request, ...more }, { secretUid: FIRST });

  it('is created once, with its first secret', () => {
    expect(register({ known: undefined })).toEqual({ kind: 'create', state: { ...known, version: 1 } });
    expect(register({ known: undefined }, { unsignedAllowed: false })).toMatchObject({ state: { unsignedAllowed: false } });
  });
  it('is kept when the registration is repeated', () => expect(register({ heldAs: FIRST, uidTaken: true })).toEqual({ kind: 'keep' }));
  it.each<[string, Partial<Situation>, object]>([
    ['of another name', { heldAs: FIRST }, { name: 'Somebody else' }],
    ['with another secret', {}, {}],
    ['that allows something else', { heldAs: FIRST }, { unsignedAllowed: false }],
    ["under the name of somebody's secret", { known: undefined, uidTaken: true }, {}],
  ])('is never replaced by another registration: %s', (_case, is, more) =>
    expect(register(is, more)).toMatchObject({ kind: 'refuse', name: 'invalid-field' }),
  );

  it.each([
    [{ name: 'New name' }, false],
    [{ standing: 'suspended' as const }, true],
    [{ unsignedAllowed: false }, true],
  ])('is changed, as its next version: %j; calls are let in otherwise: %j', (news, otherwise) => {
    const state = { ...known, ...news, version: 4 };
    expect(changeDeveloper(known, { clientId: known.clientId, ...news })).toEqual({ kind: 'change', before: known, state });
    expect(letsInOtherwise(known, state)).toBe(otherwise);
  });
  it('is kept when it is so already, and has to be there', () => {
    expect(changeDeveloper(known, { clientId: known.clientId, standing: 'active', name: known.name })).toEqual({ kind: 'keep' });
    expect(changeDeveloper(undefined, changeRequest.sample)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
  });
});

describe('the secrets of a developer', () => {
  const request = addRequest.sample;

  it('get a second one beside the first, in the slot that is free', () => {
    expect(addClientSecret(situation, request)).toEqual({ kind: 'change', before: known, state: { ...withTwo, version: 4 } });
    const left = { ...known, secrets: [{ secretUid: FIRST, slot: 2 as const }] };
    expect(addClientSecret({ ...situation, known: left }, request)).toMatchObject({ state: { secrets: [{ slot: 2 }, { slot: 1 }] } });
  });
  it.each<[string, Partial<Situation>, string]>([
    ['of nobody', { known: undefined }, 'record-unknown'],
    ['a third one', { known: withTwo, uidTaken: false }, 'record-conflict'],
    ['under a used name', { uidTaken: true }, 'invalid-field'],
    ['that it has already', { heldAs: FIRST }, 'invalid-field'],
  ])('are refused %s', (_case, is, name) =>
    expect(addClientSecret({ ...situation, ...is }, request)).toMatchObject({ kind: 'refuse', name }),
  );
  it('are kept when the request is repeated', () =>
    expect(addClientSecret({ known: withTwo, heldAs: SECOND, uidTaken: true }, request)).toEqual({ kind: 'keep' }));

  const remove = (is: Developer | undefined, secretUid: string, wasRemoved = false) =>
    removeClientSecret({ known: is, wasRemoved }, { clientId: known.clientId, secretUid });
  it('lose one and never the last', () => {
    expect(remove(withTwo, SECOND)).toEqual({ kind: 'change', before: withTwo, state: { ...known, version: 4 } });
    expect(remove(known, FIRST)).toMatchObject({ kind: 'refuse', name: 'record-conflict' });
  });
  it('are kept when the removal is repeated; one that never was is unknown', () => {
    expect(remove(known, SECOND, true)).toEqual({ kind: 'keep' });
    expect(remove(known, SECOND)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
    expect(remove(undefined, SECOND)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
  });
});
