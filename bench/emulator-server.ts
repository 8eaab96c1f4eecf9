/** A process with an emulator in it. */
import { startEmulator } from '../lib/emulator/index.js';

const emulator = await startEmulator();
process.once('disconnect', () => process.exit());
process.send?.(emulator.endpoint);
