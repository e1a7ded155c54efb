/** The words of the document that belong to no route. */
const all = `Semi-integration switch between tills, payment terminals and hosts.

Two APIs share one address. **Tills** speak the Paywizard dialect below \`/ovstrade/semiOpen\`: always \`POST\`, one envelope for every answer, business
errors with HTTP 200 and a \`code\` in the body. **Operators** speak \`/admin/v1\`: JSON, errors as problem details (RFC 9457) with the same \`code\`.

The dialect reads tolerantly: numbers may be texts of digits, absent members may be empty texts or null, unknown members are ignored. The operators'
API refuses what it does not know.

Amounts are minor units. Instants are UTC. Every answer has an \`x-request-id\`, which is the call's id in our log.`;

const tags = [
  {
    name: 'tills, version 3',
    description:
      'Signed. `jwt-token` is the merchant token; `sign` is the HMAC-SHA256 (hex), keyed with the client secret, over the exact bytes of the body ' +
      'followed by `&clientId=…&clientSecret=…`.',
  },
  {
    name: 'tills, version 1',
    description: 'The same operations on the same state, without a signature. It can be switched off for a developer.',
  },
  { name: 'developers', description: 'Integrators, and the secrets with which their tills sign.' },
  { name: 'client-secrets', description: 'The secrets of all developers.' },
  { name: 'merchants', description: 'A merchant is known within its developer.' },
  { name: 'merchant-tokens', description: 'What opens the dialect to a merchant. Tokens are kept as hashes: nobody can read one again.' },
  { name: 'terminals', description: 'A terminal is known by its serial number within its merchant.' },
  {
    name: 'pairing-codes',
    description: 'Single-use codes with which terminals enrol themselves. For many at once: `tillbridge admin terminals import`.',
  },
  { name: 'tills', description: 'What tills there are, and the terminal of each.' },
  { name: 'bindings', description: 'Which till has which terminal.' },
  { name: 'endpoints', description: 'Where final results are pushed.' },
  { name: 'transactions', description: 'What became of a payment.' },
  { name: 'audit-log', description: 'Who changed what.' },
  { name: 'service', description: 'Health, and this document.' },
];

const security = {
  adminToken: { type: 'http', scheme: 'bearer', description: 'A token of `TILLBRIDGE_ADMIN_TOKEN`; its name is what the audit log says.' },
  merchantToken: { type: 'apiKey', in: 'header', name: 'jwt-token', description: 'The token of the merchant.' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'sign',
    description: 'HMAC-SHA256 in hex over body + `&clientId=<id>&clientSecret=<secret>`, keyed with the secret.',
  },
};

export const about = { text: all, tags, security };
