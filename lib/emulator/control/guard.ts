import type { IncomingHttpHeaders } from 'node:http';
import { Refused } from './refused.js';

/** With any port: one that is forwarded has another number outside. */
const ownHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * This API starts programs, and every page in a browser on this machine can send requests to it. Three things tell a page
 * from a test: a name that was made to point here (DNS rebinding) shows in Host, a page's script in Origin, and whatever
 * else a page loads in Sec-Fetch-Site; an address that a user typed has `none` there.
 * @throws Refused 403
 */
export function turnPagesAway(headers: IncomingHttpHeaders): void {
  const { host, origin, 'sec-fetch-site': site = 'none' } = headers;
  if (host === undefined || !ownHost.test(host)) {
    throw new Refused(403, 'ForeignHost', 'The Host header is not 127.0.0.1, localhost or [::1].');
  }
  if (origin !== undefined || site !== 'none') {
    throw new Refused(403, 'FromBrowser', 'Pages in a browser are not served.');
  }
}
