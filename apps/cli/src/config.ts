import type { Surroundings } from './surroundings.js';

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** Where the operators' API is, and the token that opens it. */
export const readAdminSettings = (): Surroundings['admin'] => ({
  url: nonEmpty(process.env['TILLBRIDGE_ADMIN_URL']),
  token: nonEmpty(process.env['TILLBRIDGE_ADMIN_TOKEN']),
});
