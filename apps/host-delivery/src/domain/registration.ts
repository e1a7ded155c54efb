import type { RegisterEndpointV1 } from '@tillbridge/contracts';

/** What the policy for push URLs says of one. */
type CheckedUrl = { readonly ok: true } | { readonly ok: false; readonly expected: string };

/** An endpoint as it was registered before, seen from a new registration under its id. */
export type Registered = {
  readonly clientId: string;
  readonly merchantId: string;
  readonly url: string;
  readonly enabled: boolean;
  /** Is its signing secret the one of the new registration? False also when it cannot be opened any more. */
  readonly hasSameSecret: boolean;
};

export type RegistrationDecision =
  | { readonly kind: 'refuse'; readonly name: 'invalid-field' | 'not-yours'; readonly detail: string }
  | { readonly kind: 'create' }
  | { readonly kind: 'change' }
  | { readonly kind: 'keep' };

/**
 * What a registration does. It says where an endpoint is from now on: under a known id the URL and the secret are replaced and the endpoint is
 * enabled again, which is also how a host comes back after it had answered 410.
 */
export function register(existing: Registered | undefined, request: RegisterEndpointV1, checked: CheckedUrl): RegistrationDecision {
  if (!checked.ok) return { kind: 'refuse', name: 'invalid-field', detail: `url: expected ${checked.expected}` };
  if (existing === undefined) return { kind: 'create' };
  if (existing.clientId !== request.clientId || existing.merchantId !== request.merchantId) {
    return { kind: 'refuse', name: 'not-yours', detail: 'endpointId' };
  }
  return existing.url === request.url && existing.enabled && existing.hasSameSecret ? { kind: 'keep' } : { kind: 'change' };
}
