import { Defect, equalInConstantTime, SecretBox, type Secret } from '@tillbridge/kernel';
import type { SecretKeys } from '@tillbridge/platform';

/** How the signing secrets of endpoints are kept: sealed, and opened only for the moment of signing. */
export class SigningSecrets {
  private readonly box: SecretBox;

  constructor({ keys, current }: SecretKeys) {
    this.box = new SecretBox(keys, current);
  }

  seal(plain: string): string {
    return this.box.seal(plain);
  }

  /** Undefined when it cannot be opened: its key is not configured any more, or the row was changed by hand. */
  open(sealed: string): Secret | undefined {
    try {
      return this.box.open(sealed);
    } catch (error) {
      if (!(error instanceof Defect)) throw error;
      return undefined;
    }
  }

  /** Whether the sealed secret is this one. False for one that cannot be opened, so that registering an endpoint again repairs it. */
  matches(sealed: string, plain: string): boolean {
    const secret = this.open(sealed);
    return secret !== undefined && equalInConstantTime(secret.reveal(), plain);
  }
}
