import { membershipContract } from '../contract.ts'
import { EmbeddedWorld } from '../embedded-world.test.ts'

for (const transactionVersion of [1, 2] as const) {
  membershipContract(`ClassicMembership on the embedded cluster, transactions of version ${transactionVersion}`, () =>
    Promise.resolve(new EmbeddedWorld({ protocol: 'classic', transactionVersion })),
  )
}
