import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The authorities that may vouch for a database's TLS certificate, instead of Node's and Amazon RDS's. Only for databases with certificates of your own: those of Amazon RDS
 * are trusted as they come.
 */
export class RotationCertificates {
  /**
   * A PEM file, put into the function beside its code.
   * @param path Of the file at synth; a relative one is resolved against the working directory.
   */
  public static file(path: string): RotationCertificates {
    const file = resolve(path);
    if (!existsSync(file)) throw new Error(`\`databaseCa\`: there is no file ${file}.`);
    const text = readFileSync(file, 'utf8');
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
      throw new Error(`\`databaseCa\`: ${file} holds a private key, which has no place in a function.`);
    }
    if (!text.includes('-----BEGIN CERTIFICATE-----')) {
      throw new Error(`\`databaseCa\`: ${file} holds no certificate in PEM form.`);
    }
    return new RotationCertificates(file);
  }

  private constructor(file: string) {
    this.path = file;
  }

  /** The file, as an absolute path. */
  public readonly path: string;
}
