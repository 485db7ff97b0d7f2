import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeAssignmentInfo, encodeAssignmentInfo } from '../../src/protocol/classic/assignment-info.ts'
import { assignGroup, type JavaAssignments, readJavaAssignments } from '../oracle/assignment-answers.ts'
import { dependsOnOrder, drawGroup } from './assignment-groups.ts'

// Goal: as leader of a classic group we send every member what Java's leader sends, whichever assignor it has. Method: groups drawn from
// seeds, and what `StreamsPartitionAssignor` assigned them (test/oracle/Assignments.java), kept in a file.

const recorded = JSON.parse(readFileSync(new URL('../oracle/answers/assignments.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, JavaAssignments>
>

test('a classic group is assigned its tasks as by the leader of Kafka Streams', () => {
  for (const [seed, answer] of Object.entries(recorded)) {
    assert.deepEqual(assignGroup(drawGroup(Number(seed))), readJavaAssignments(answer), `group ${seed}`)
  }
})

test('encodeAssignmentInfo() writes what Kafka Streams wrote, up to the order of sets', () => {
  for (const { info } of Object.values(recorded).flatMap(({ members }) => Object.values(members ?? {}))) {
    const theirs = Buffer.from(info, 'hex')
    const ours = encodeAssignmentInfo(decodeAssignmentInfo(theirs))
    assert.equal(ours.length, theirs.length)
    assert.deepEqual(decodeAssignmentInfo(ours), decodeAssignmentInfo(theirs))
  }
})

test('the recorded groups have all that an assignment can have', () => {
  const groups = Object.keys(recorded).map((seed) => drawGroup(Number(seed)))
  const answers = Object.values(recorded).map(readJavaAssignments)
  const members = answers.flatMap((answer) => Object.values(answer.members ?? {}))
  const has = (what: string, isThere: boolean): void => assert.equal(isThere, true, what)
  for (const assignor of ['high-availability', 'sticky'] as const) {
    for (const strategy of ['none', 'min_traffic', 'balance_subtopology'] as const) {
      const isOne = groups.some((group) => group.assignor === assignor && group.options.rackAwareStrategy === strategy)
      has(`${assignor} with ${strategy}`, isOne)
    }
  }
  has(
    'a custom assignment',
    groups.some(({ assignor, steps }, index) => assignor === 'custom' && steps.length === 0 && answers[index]!.refused === undefined),
  )
  has(
    'a mistake of a custom assignor',
    answers.some(({ refused }) => refused !== undefined),
  )
  for (const call of ['identity', 'standbys', 'active', 'standby'] as const) {
    const calls = groups.flatMap((group, index) => (group.steps.some((step) => step.call === call) ? [answers[index]!] : []))
    has(`the tool ${call}`, calls.length > 3)
  }
  has('partition counts that depend on the order of sub-topologies', groups.some(dependsOnOrder))
  has(
    'no end offsets',
    groups.some(({ assignor }) => assignor === 'prior'),
  )
  has(
    'standbys by tags',
    groups.some(({ options }) => options.numStandbyReplicas > 0 && options.rackAwareAssignmentTags.length > 0),
  )
  has(
    'a member that waits',
    members.some(({ rest }) => rest.endsWith('rebalance 0')),
  )
  has(
    'a probing rebalance',
    members.some(({ rest }) => rest.endsWith('rebalance 1700000600000')),
  )
  has(
    'an older version',
    members.some(({ rest }) => rest.startsWith('version 8')),
  )
  has(
    'standbys on hosts',
    members.some(({ standbyHosts }) => standbyHosts.some((host) => host.includes('in-'))),
  )
})
