import type { AddClientSecretV1, ChangeDeveloperV1, DeveloperV1, RegisterDeveloperV1, RemoveClientSecretV1 } from '@tillbridge/contracts';
import { change, keep, refuse, unknownRecord, type Change, type Creation } from './decision.js';

/** A developer has room for two secrets, so that it can exchange one without a moment in which its calls are refused. */
const SLOTS = [1, 2] as const;
export type Slot = (typeof SLOTS)[number];
export type HeldSecret = { readonly secretUid: string; readonly slot: Slot };

/** A developer as it is stored, with the names of its secrets and never the secrets. */
export type Developer = Required<DeveloperV1> & { readonly secrets: readonly HeldSecret[] };

export type Situation = {
  readonly known: Developer | undefined;
  /** The name of the developer's secret that is the very one in the request, if it has it. */
  readonly heldAs: string | undefined;
  /** A secret of the name in the request exists or existed, here or with another developer. */
  readonly uidTaken: boolean;
};

/** A clientId is drawn by the edge, so a different registration under a known one is a mistake, never a change of mind. */
export function registerDeveloper(
  { known, heldAs, uidTaken }: Situation,
  request: RegisterDeveloperV1,
  { secretUid }: { readonly secretUid: string },
): Creation<Developer> {
  const { clientId, name, unsignedAllowed = true } = request;
  if (known === undefined) {
    if (uidTaken) return refuse('invalid-field', 'secretUid: expected a new one for a new secret');
    const secrets = [{ secretUid, slot: SLOTS[0] }];
    return { kind: 'create', state: { clientId, version: 1, name, standing: 'active', unsignedAllowed, secrets } };
  }
  const isSame =
    known.name === name && heldAs !== undefined && (request.unsignedAllowed ?? known.unsignedAllowed) === known.unsignedAllowed;
  return isSame ? keep : refuse('invalid-field', 'clientId: expected one that is not taken');
}

export function changeDeveloper(known: Developer | undefined, request: ChangeDeveloperV1): Change<Developer> {
  const { clientId, name, standing, unsignedAllowed } = request;
  return known === undefined ? unknownRecord('clientId', clientId) : change(known, { name, standing, unsignedAllowed });
}

/** Whether calls are let in otherwise than before: only then those who remember the developer have to forget it. */
export const letsInOtherwise = (before: Developer, after: Developer): boolean =>
  before.standing !== after.standing || before.unsignedAllowed !== after.unsignedAllowed;

export function addClientSecret({ known, heldAs, uidTaken }: Situation, { clientId, secretUid }: AddClientSecretV1): Change<Developer> {
  if (known === undefined) return unknownRecord('clientId', clientId);
  if (heldAs === secretUid) return keep;
  if (uidTaken) return refuse('invalid-field', 'secretUid: expected a new one for a new secret');
  if (heldAs !== undefined) return refuse('invalid-field', 'clientSecret: expected one that the developer does not have');
  const slot = SLOTS.find((each) => known.secrets.every((secret) => secret.slot !== each));
  if (slot === undefined) return refuse('record-conflict', 'the developer has two secrets: remove one first');
  return withSecrets(known, [...known.secrets, { secretUid, slot }]);
}

/** `wasRemoved`: the developer had a secret of this name. */
export function removeClientSecret(
  { known, wasRemoved }: { readonly known: Developer | undefined; readonly wasRemoved: boolean },
  { clientId, secretUid }: RemoveClientSecretV1,
): Change<Developer> {
  if (known === undefined) return unknownRecord('clientId', clientId);
  if (wasRemoved) return keep;
  const left = known.secrets.filter((secret) => secret.secretUid !== secretUid);
  if (left.length === known.secrets.length) return unknownRecord('secretUid', secretUid);
  if (left.length === 0) return refuse('record-conflict', 'it is the last secret of the developer: add another one first');
  return withSecrets(known, left);
}

const withSecrets = (known: Developer, secrets: readonly HeldSecret[]): Change<Developer> => ({
  kind: 'change',
  before: known,
  state: { ...known, version: known.version + 1, secrets },
});
