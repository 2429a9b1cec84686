/**
 * Who may speak to a listener that browsers can reach [decisions: local listeners]: `Host` must be ours (no DNS
 * rebinding), a foreign `Origin` or `Sec-Fetch-Site` is sent away, and a POST comes only as JSON. No CORS headers exist.
 */
export type LocalFault = 'host_foreign' | 'origin_foreign' | 'site_foreign' | 'not_json';

export interface RequestFacts {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  contentType: string | undefined;
  /** A POST without a body carries no type. */
  hasBody: boolean;
}

export interface LocalRules {
  faultOf(request: RequestFacts): LocalFault | undefined;
}

/** `names` are further hosts under which a proxy reaches us, each with or without a port. */
export function createLocalRules(listen: { host: string; port: number }, names: string[]): LocalRules {
  const local = ['localhost', '127.0.0.1', '[::1]', hostInUrl(listen.host)].map((host) => `${host}:${listen.port}`);
  const hosts = new Set([...local, ...names].map((host) => host.toLowerCase()));
  const isOurs = (host: string) => hosts.has(host.toLowerCase());
  return {
    faultOf({ method, host, origin, fetchSite, contentType, hasBody }) {
      if (host === undefined || !isOurs(host)) return 'host_foreign';
      if (origin !== undefined && !isOurs(hostOf(origin))) return 'origin_foreign';
      if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return 'site_foreign';
      const isPost = method !== 'GET' && method !== 'HEAD';
      if (isPost && hasBody && !/^application\/json\s*(;|$)/i.test(contentType ?? '')) return 'not_json';
      return undefined;
    },
  };
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
