import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkSpecProblems } from './network-rules.ts'
import { NetworkSpec } from './network-spec.ts'

const peers = [{ name: 'peer0' }]
const documentOf = (name: string, organization: object) => ({
  name,
  organizations: [{ name: 'Org1', peers, ...organization }],
})

test('names that certificates cannot hold are refused at the organization’s domain', () => {
  const long = 'a'.repeat(40)
  for (const [document, name] of [
    [documentOf(long, { name: 'Manufacturing' }), 'tlsca.manufacturing'],
    [documentOf('demo', { domain: `${'d'.repeat(55)}.com` }), 'tlsca.ddd'],
    [documentOf('demo', { domain: `${'d'.repeat(40)}.com`, orderers: [{ name: 'o'.repeat(25) }] }), 'ooo'],
  ] as const) {
    const { error } = NetworkSpec.safeParse(document)
    const [issue] = error?.issues ?? []
    assert.deepEqual(issue?.path, ['organizations', 0, 'domain'])
    assert.ok(issue.message.includes(`and ${name}`), issue.message)
    assert.match(issue.message, /give the organization a shorter domain/)
  }
  // 64 characters to the letter.
  assert.deepEqual(networkSpecProblems(NetworkSpec.parse(documentOf('demo', { domain: `${'d'.repeat(54)}.com` }))), [])
  assert.ok(NetworkSpec.safeParse(documentOf(long, { domain: 'manufacturing.example' })).success)
})
