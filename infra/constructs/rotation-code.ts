import { copyFileSync, cpSync, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { prebuiltRotator } from './prebuilt-rotators.js';
import type { RotationCertificates } from './rotation-certificates.js';
import type { ICloningEngine, IDualPasswordEngine, IRotationEngine } from './rotation-engine.js';
import {
  type CloningOptions,
  cloningVariables,
  directoryVariables,
  type ManagedDirectoryOptions,
  pairVariables,
  type RecoveryOptions,
  recoveryVariables,
} from './rotator-options.js';

/** How an entry file is bundled. */
export interface RotationEntryProps {
  /**
   * The exported handler.
   * @default 'handler'
   */
  readonly exportName?: string;
  /**
   * Modules to leave out of the bundle, on top of the AWS SDK (`@aws-sdk/*`), which the runtime brings, and `pg-native`.
   * @default - none
   */
  readonly externalModules?: string[];
  /**
   * Whether the AWS SDK goes into the bundle, for a version of your choice.
   * @default false
   */
  readonly bundleAwsSdk?: boolean;
  /**
   * Whether the bundle is minified.
   * @default false
   */
  readonly minify?: boolean;
}

/** What a rotation function runs, as Lambda sees it. */
export interface RotationCodeConfig {
  /** The code. */
  readonly code: lambda.Code;
  /** File and export: `index.handler`. */
  readonly handler: string;
  /** Where the certificates lie, for the variable DATABASE_CA_FILE.
   * @default - there are none
   */
  readonly certificatesFile?: string;
  /** Variables that the code reads.
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}

/** Whether code has a use for something that a rotation may be given: it fails without it, it may use it, or it never does. */
export type Use = 'needed' | 'possible' | 'none';

/** The file that `databaseCa` becomes in the function, relative to its root, which is its working directory. */
const CERTIFICATES = 'database-ca.pem';

/** What a rotation function runs. */
export abstract class RotationCode {
  /**
   * Of the superuser's secret.
   * @internal
   */
  public readonly _superuser: Use = 'possible';

  /**
   * Of the API of a directory.
   * @internal
   */
  public readonly _directory: Use = 'possible';

  /**
   * One user, who changes its own password. Until applications read the new value, new logins with the old one fail: for applications that can retry.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   */
  public static singleUser(engine: IRotationEngine, options: RecoveryOptions = {}): RotationCode {
    return new StockCode('RotationCode.singleUser', 'single-user', engine.engineName, {
      superuser: options.recoverBySuperuser ? 'possible' : 'none',
      environment: recoveryVariables(options),
    });
  }

  /**
   * Two users with the same privileges, taking turns: the previous one stays valid until the next rotation. Needs a `superuser` in `rotate(...)`.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   */
  public static alternatingUsers(engine: ICloningEngine, options: CloningOptions = {}): RotationCode {
    return new StockCode('RotationCode.alternatingUsers', 'alternating-users', engine.engineName, {
      superuser: 'needed',
      environment: cloningVariables(options),
    });
  }

  /**
   * Two users whom an administrator made, taking turns as `alternatingUsers` do; their privileges are left alone. For engines whose users cannot be cloned, or shall not be. Needs a `superuser` in
   * `rotate(...)`. The function is for secrets of these two alone.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   * @param firstUsername One of the users; both are there already.
   * @param secondUsername The other.
   */
  public static alternatingPair(engine: IRotationEngine, firstUsername: string, secondUsername: string): RotationCode {
    return new StockCode('RotationCode.alternatingPair', 'alternating-pair', engine.engineName, {
      superuser: 'needed',
      environment: pairVariables(firstUsername, secondUsername),
    });
  }

  /**
   * One user with two passwords: the previous one stays valid until the next rotation. Where the user may not change its own password, give a `superuser` in `rotate(...)`.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   */
  public static dualPassword(engine: IDualPasswordEngine): RotationCode {
    return new StockCode('RotationCode.dualPassword', 'dual-password', engine.engineName, { superuser: 'possible' });
  }

  /**
   * One user, whose password a superuser changes: for users who may not change their own. Needs a `superuser` in `rotate(...)`. As with a single user, new logins with the old password fail
   * until applications read the new value.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   */
  public static superuserSets(engine: IRotationEngine, options: RecoveryOptions = {}): RotationCode {
    return new StockCode('RotationCode.superuserSets', 'superuser-sets', engine.engineName, {
      superuser: 'needed',
      environment: recoveryVariables(options),
    });
  }

  /**
   * A user of a directory of AWS Directory Service, whose password its API resets: no superuser. Needs a `directoryId` in `rotate(...)`.
   * The rotator comes prebuilt with this package: no bundling, no Docker.
   */
  public static managedDirectory(options: ManagedDirectoryOptions = {}): RotationCode {
    return new StockCode('RotationCode.managedDirectory', 'directory', 'managed-directory', {
      superuser: 'none',
      directory: 'needed',
      environment: directoryVariables(options),
    });
  }

  /**
   * Your own rotator: a TypeScript or JavaScript file, bundled at synth with the esbuild of your project as an ES module. No Docker.
   * @param path Of the file; a relative one is resolved against the working directory.
   */
  public static entry(path: string, props?: RotationEntryProps): RotationCode {
    const file = resolve(path);
    if (!existsSync(file)) throw new Error(`\`RotationCode.entry\`: there is no file ${file}.`);
    return new EntryCode(file, props ?? {});
  }

  /**
   * A folder (or zip file) that was built before.
   * @param handler File and export.
   */
  public static asset(path: string, handler?: string): RotationCode {
    const folder = resolve(path);
    if (!existsSync(folder)) throw new Error(`\`RotationCode.asset\`: there is nothing at ${folder}.`);
    return new AssetCode(folder, handler ?? 'index.handler');
  }

  /**
   * Called by the rotation function.
   * @param certificates To be put beside the code.
   */
  public abstract bind(certificates?: RotationCertificates): RotationCodeConfig;
}

class AssetCode extends RotationCode {
  readonly #path: string;
  readonly #handler: string;

  constructor(path: string, handler: string) {
    super();
    this.#path = path;
    this.#handler = handler;
  }

  public override bind(certificates?: RotationCertificates): RotationCodeConfig {
    if (certificates === undefined) return { code: lambda.Code.fromAsset(this.#path), handler: this.#handler };
    if (!statSync(this.#path).isDirectory()) {
      throw new Error(
        '`databaseCa` cannot be put into a zip file: give `RotationCode.asset` a folder, or put the certificates into the zip yourself.',
      );
    }
    return {
      code: assembled(this.#path, [certificates.path], (folder) => {
        cpSync(this.#path, folder, { recursive: true });
        copyFileSync(certificates.path, join(folder, CERTIFICATES));
      }),
      handler: this.#handler,
      certificatesFile: CERTIFICATES,
    };
  }
}

interface StockTraits {
  readonly superuser: Use;
  /** Default: none. */
  readonly directory?: Use;
  readonly environment?: { [name: string]: string };
}

/** A rotator that comes with this package: a folder like any other, of which it is known what it works with. */
class StockCode extends AssetCode {
  public override readonly _superuser: Use;
  public override readonly _directory: Use;
  readonly #environment: { [name: string]: string };

  constructor(method: string, strategy: string, engineName: string, traits: StockTraits) {
    super(prebuiltRotator(method, strategy, engineName), 'index.handler');
    this._superuser = traits.superuser;
    this._directory = traits.directory ?? 'none';
    this.#environment = traits.environment ?? {};
  }

  public override bind(certificates?: RotationCertificates): RotationCodeConfig {
    return { ...super.bind(certificates), environment: this.#environment };
  }
}

class EntryCode extends RotationCode {
  readonly #file: string;
  readonly #props: RotationEntryProps;

  constructor(file: string, props: RotationEntryProps) {
    super();
    this.#file = file;
    this.#props = props;
  }

  public override bind(certificates?: RotationCertificates): RotationCodeConfig {
    return {
      code: assembled(resolve(this.#file, '..'), this.#recipe(certificates), (folder) => {
        this.#bundle(join(folder, 'index.mjs'));
        if (certificates !== undefined) copyFileSync(certificates.path, join(folder, CERTIFICATES));
      }),
      handler: `index.${this.#props.exportName ?? 'handler'}`,
      ...(certificates !== undefined && { certificatesFile: CERTIFICATES }),
    };
  }

  #recipe(certificates: RotationCertificates | undefined): string[] {
    return [this.#file, JSON.stringify(this.#props), certificates?.path ?? ''];
  }

  #bundle(outfile: string): void {
    const { externalModules = [], bundleAwsSdk = false, minify = false } = this.#props;
    esbuildOf(this.#file).buildSync({
      entryPoints: [this.#file],
      outfile,
      bundle: true,
      minify,
      keepNames: true,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: [...(bundleAwsSdk ? [] : ['@aws-sdk/*']), 'pg-native', ...externalModules],
      // CommonJS packages in an ES module still call require.
      banner: {
        js: "import { createRequire as keyturnCreateRequire } from 'node:module'; const require = keyturnCreateRequire(import.meta.url);",
      },
      // What is wrong is in the error that it throws.
      logLevel: 'silent',
    });
  }
}

interface Esbuild {
  buildSync(options: object): unknown;
}

/** esbuild of the project that the entry file belongs to, else of the working directory. */
function esbuildOf(file: string): Esbuild {
  for (const from of [file, join(process.cwd(), 'index.js')]) {
    const load = createRequire(from);
    try {
      return load('esbuild') as Esbuild;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(
    '`RotationCode.entry` bundles with esbuild, which is not installed: npm install --save-dev esbuild. Or give a folder that was built before: `RotationCode.asset`.',
  );
}

/** An asset made by a function. The image is never used: local bundling either works or throws. */
function assembled(source: string, recipe: readonly string[], make: (folder: string) => void): lambda.Code {
  return lambda.Code.fromAsset(source, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'),
      // Never run: it tells the CDK's cache what this asset is made of, which the functions below do not.
      command: [...recipe],
      local: {
        tryBundle: (folder: string) => {
          make(folder);
          return true;
        },
      },
    },
  });
}
