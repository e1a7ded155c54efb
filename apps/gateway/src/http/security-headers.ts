import type { FastifyHelmetOptions } from '@fastify/helmet';

const ONE_YEAR_S = 365 * 24 * 60 * 60;

/**
 * What browsers may do with our answers. They are JSON, except for the pages of the API's documentation, which bring everything with them:
 * nothing from elsewhere, nothing inline, in no frame.
 */
export const securityHeaders: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // Browsers heed it only when it came over TLS, ours or the ingress's.
  strictTransportSecurity: { maxAge: ONE_YEAR_S, includeSubDomains: false },
};
