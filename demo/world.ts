/** Everything that the demo needs besides the functions: servers on loopback and one temporary folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Emulator, type RecordedRequest, startEmulator } from '../lib/emulator/index.js';
import { type PostgresServer, startPostgres } from '../test/support/postgres.js';
import { REGION, SECRET_ACCOUNT } from './accounts.js';
import { type ApiService, startApiService } from './api-service.js';
import { type Bundles, bundleFunctions } from './bundles.js';
import { createOrders } from './database.js';
import { startWiretap, type Wiretap } from './wiretap.js';

export interface World extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly emulator: Emulator;
  readonly wiretap: Wiretap;
  readonly apiService: ApiService;
  readonly bundles: Bundles;
  /** A client of the account that owns the secrets. */
  readonly client: SecretsManagerClient;
  /** What every function finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The Node that runs the functions. */
  readonly nodePath: string;
  /** Told of every request to the emulator. @returns what ends it */
  onRequest(listener: (request: RecordedRequest) => void): () => void;
}

/** Starts all of it, or leaves nothing behind. */
export async function startWorld(nodePath: string): Promise<World> {
  const listeners = new Set<(request: RecordedRequest) => void>();
  const toClose: (() => Promise<unknown>)[] = [];
  const close = async () => {
    const failures: unknown[] = [];
    for (const step of toClose.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be stopped and removed');
  };
  /** So that what has started is stopped even if another start fails. */
  async function starting<T>(start: Promise<T>, stop: (started: T) => Promise<unknown>): Promise<T> {
    const started = await start;
    toClose.push(() => stop(started));
    return started;
  }

  try {
    const folder = await starting(mkdtemp(join(tmpdir(), 'keyturn-demo-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const starts = [
      starting(startPostgres(), (server) => server.stop()),
      starting(
        startEmulator({
          region: REGION,
          onRequest: (request) => {
            for (const listener of listeners) listener(request);
          },
        }),
        (emulator) => emulator.close(),
      ),
      starting(startApiService(), (service) => service.close()),
      bundleFunctions(folder),
    ] as const;
    await Promise.allSettled(starts);
    const [postgres, emulator, apiService, bundles] = await Promise.all(starts);
    const wiretap = await starting(startWiretap(emulator.endpoint), (tap) => tap.close());
    await createOrders(postgres);
    const caFile = join(folder, 'database-ca.pem');
    await writeFile(caFile, postgres.ca);
    const client = new SecretsManagerClient({
      region: REGION,
      endpoint: emulator.endpoint,
      credentials: emulator.credentialsFor(SECRET_ACCOUNT),
    });
    toClose.push(async () => client.destroy());
    return {
      postgres,
      emulator,
      wiretap,
      apiService,
      bundles,
      client,
      nodePath,
      environment: { AWS_ENDPOINT_URL: wiretap.endpoint, DATABASE_CA_FILE: caFile },
      onRequest(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
