import { equalInConstantTime, SecretBox } from '@tillbridge/kernel';
import type { SecretKeys } from '@tillbridge/platform';

/** How the developers' secrets are kept: sealed with the newest key, and opened with whichever key sealed them. */
export class ClientSecrets {
  private readonly box: SecretBox;

  constructor({ keys, current }: SecretKeys) {
    this.box = new SecretBox(keys, current);
  }

  seal(plain: string): string {
    return this.box.seal(plain);
  }

  /** Throws Defect when a key is not configured any more: without its secrets no call of the developer can be checked. */
  openAll(sealed: readonly string[]): string[] {
    return sealed.map((each) => this.box.open(each).reveal());
  }

  /** Is this one of them? */
  includes(sealed: readonly string[], plain: string): boolean {
    return this.openAll(sealed).some((secret) => equalInConstantTime(secret, plain));
  }
}
