import helmet from 'helmet';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

const ONE_YEAR_S = 365 * 24 * 60 * 60;

/**
 * What browsers may do with our answers, which is nothing: they are JSON. The pages of the API's documentation bring a policy of their own.
 */
const policy: Parameters<typeof helmet>[0] = {
  contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
  frameguard: { action: 'deny' },
  // Browsers heed it only when it came over TLS, ours or the ingress's.
  strictTransportSecurity: { maxAge: ONE_YEAR_S, includeSubDomains: false },
  // These are about pages, scripts and plug-ins of old browsers, and each header costs every answer a microsecond. What is left is what
  // OWASP's advice for REST asks of answers that no browser shows.
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/**
 * Each header that every answer has. They never differ, so helmet is asked once: by its middleware, which works them out
 * again for each call, they cost as much as a signature.
 */
export const securityHeaders: Readonly<Record<string, string>> = headersByHelmet();

function headersByHelmet(): Record<string, string> {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  helmet(policy)(answer.req, answer, (error) => {
    if (error !== undefined) throw new TypeError('helmet refuses the policy', { cause: error });
  });
  return Object.fromEntries(Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]));
}
