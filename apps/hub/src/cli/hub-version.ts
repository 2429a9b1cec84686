import manifest from '../../package.json' with { type: 'json' };

/** What `--version` says. */
export const HUB_VERSION: string = manifest.version;
