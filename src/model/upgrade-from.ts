/** The versions that `upgrade.from` of Kafka Streams 4.3 knows, oldest first. */
export const upgradeVersions = [
  '2.4',
  '2.5',
  '2.6',
  '2.7',
  '2.8',
  '3.0',
  '3.1',
  '3.2',
  '3.3',
  '3.4',
  '3.5',
  '3.6',
  '3.7',
  '3.8',
  '3.9',
  '4.0',
  '4.1',
  '4.2',
] as const

/** A version of Kafka Streams from which an application is upgraded while instances of it still run (`upgrade.from`). */
export type UpgradeFrom = (typeof upgradeVersions)[number]

/** Whether instances older than `version` may read what is written: then it has the form that they know. */
export function hasOlder(upgradeFrom: UpgradeFrom | null, version: UpgradeFrom): boolean {
  return upgradeFrom !== null && upgradeVersions.indexOf(upgradeFrom) < upgradeVersions.indexOf(version)
}
