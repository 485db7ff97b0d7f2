import { checkName } from '../topology/check-name.ts'

/** Numbers generated names as Java does (P§10.1): one counter per `StreamsBuilder`, ten digits. */
export class NameCounter {
  #next = 0

  /** `<prefix><number>`. */
  generate(prefix: string): string {
    return `${prefix}${String(this.#next++).padStart(10, '0')}`
  }

  /** `<prefix>STATE-STORE-<number>`. */
  generateStore(prefix: string): string {
    return this.generate(`${prefix}STATE-STORE-`)
  }

  /** `given` if it is a name, which then burns a number all the same, else a generated one. Throws `NAME_INVALID`. */
  nameOr(given: string | undefined, prefix: string): string {
    const generated = this.generate(prefix)
    if (given === undefined) return generated
    checkName(given, 'a processor')
    return given
  }

  /** As `nameOr` with `suffix` after the given name. */
  suffixedOr(given: string | undefined, suffix: string, prefix: string): string {
    return this.nameOr(given === undefined ? undefined : `${given}${suffix}`, prefix)
  }
}
