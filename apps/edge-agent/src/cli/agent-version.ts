import manifest from '../../package.json' with { type: 'json' };

/** What `--version`, the hub and the contract say. */
export const AGENT_VERSION: string = manifest.version;
