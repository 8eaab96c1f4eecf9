/** What a version of the server has. @see https://dev.mysql.com/doc/refman/8.0/en/added-deprecated-removed.html */
import type { PluginName } from './plugins/plugin.js';

export interface Features {
  readonly roles: boolean;
  readonly dynamicPrivileges: boolean;
  /** RETAIN CURRENT PASSWORD and DISCARD OLD PASSWORD: 8.0.14. */
  readonly dualPassword: boolean;
  /** PASSWORD HISTORY and PASSWORD REUSE INTERVAL: 8.0.3. */
  readonly passwordHistory: boolean;
  /** REPLACE, PASSWORD REQUIRE CURRENT: 8.0.13. */
  readonly passwordVerification: boolean;
  /** FAILED_LOGIN_ATTEMPTS and PASSWORD_LOCK_TIME: 8.0.19. */
  readonly loginTracking: boolean;
  /** COMMENT and ATTRIBUTE: 8.0.21. */
  readonly userAttributes: boolean;
  readonly defaultPlugin: PluginName;
  readonly plugins: readonly PluginName[];
}

export function featuresOf(version: string): Features {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const number = major * 10_000 + minor * 100 + patch;
  const eight = number >= 80_000;
  return {
    roles: eight,
    dynamicPrivileges: eight,
    dualPassword: number >= 80_014,
    passwordHistory: number >= 80_003,
    passwordVerification: number >= 80_013,
    loginTracking: number >= 80_019,
    userAttributes: number >= 80_021,
    defaultPlugin: eight ? 'caching_sha2_password' : 'mysql_native_password',
    plugins: [
      ...(eight ? (['caching_sha2_password'] as const) : []),
      'sha256_password',
      // 8.4 has it and does not load it; 9.0 has removed it.
      ...(number < 80_400 ? (['mysql_native_password'] as const) : []),
    ],
  };
}
