import { equalInConstantTime, SecretBox } from '@tillbridge/kernel';
import type { SecretKeys } from '@tillbridge/platform';

/** How the developers' secrets are kept: sealed with the newest key, and opened with whichever key sealed them. */
export class ClientSecrets {
  private readonly box: SecretBox;
  /** The key that new secrets are sealed with. */
  readonly currentKeyId: string;

  constructor({ keys, current }: SecretKeys) {
    this.box = new SecretBox(keys, current);
    this.currentKeyId = current;
  }

  seal(plain: string): string {
    return this.box.seal(plain);
  }

  /** The same secret under the current key. Throws Defect when the key that sealed it is not configured any more. */
  reseal(sealed: string): string {
    return this.box.seal(this.box.open(sealed).reveal());
  }

  /** Throws Defect when a key is not configured any more: without its secrets no call of the developer can be checked. */
  openAll(sealed: readonly string[]): string[] {
    return sealed.map((each) => this.box.open(each).reveal());
  }

  isTheSame(sealed: string, plain: string): boolean {
    return equalInConstantTime(this.box.open(sealed).reveal(), plain);
  }
}
