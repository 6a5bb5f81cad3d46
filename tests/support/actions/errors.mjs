/** Something that this runner does not know, or that GitHub would refuse before any step runs. It
 *  ends the whole run: nothing is skipped in silence. */
export class Unsupported extends Error {}

/** A step that ended badly, as it would on GitHub: the run goes on by its rules. */
export class StepFailure extends Error {}

/** Throws where `value` has another key than the known ones. */
export function onlyKeys(value, known, where) {
  for (const key of Object.keys(value ?? {})) {
    if (!known.includes(key)) throw new Unsupported(`${where}: ${key} is not known to this runner`);
  }
}
