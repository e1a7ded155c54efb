/** A member of a callback body (wire specification 6.9 and 7.1), all of them flat. */
export type CallbackFields = Readonly<Record<string, string | number>>;

/** One result on its way to one receiver: an endpoint, or the `callBackUrl` of the transaction. */
export type Delivery = {
  /** Also the `webhook-id` of every attempt. */
  readonly deliveryId: string;
  readonly version: number;
  /** Absent for the callback of a transaction. */
  readonly endpointId?: string;
  /** Deliveries of one lane share a bound, so that a slow receiver holds up itself and nobody else. */
  readonly lane: string;
  readonly url: string;
  readonly clientId: string;
  readonly transactionId: string;
  /** Without `sign`: a body is signed anew for each attempt, with the secret that is valid then. */
  readonly fields: CallbackFields;
  /** Failed attempts so far. */
  readonly attempts: number;
  readonly firstAttemptAt: Date;
};

/** Where results of a merchant are pushed to. */
export type Endpoint = { readonly endpointId: string; readonly url: string; readonly isEnabled: boolean };

/** Where a delivery goes, or would go: one of a disabled endpoint is not pushed, and kept so that it can be replayed. */
export type Target = { readonly endpointId?: string; readonly url: string; readonly lane: string; readonly isEnabled: boolean };

/** The receivers of one result: every endpoint, and the callback of the transaction itself, also when both name the same URL. */
export function targetsOf(endpoints: readonly Endpoint[], callBackUrl: string | undefined): Target[] {
  const targets: Target[] = endpoints.map((endpoint) => ({ ...endpoint, lane: endpoint.endpointId }));
  // An empty text means "absent" on this wire.
  if (callBackUrl !== undefined && callBackUrl !== '') {
    targets.push({ url: callBackUrl, lane: `callback ${originOf(callBackUrl)}`, isEnabled: true });
  }
  return targets;
}

/** A URL that is none is found out at its first attempt, where it leaves a trace; until then it has a lane like any other. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'nowhere');
