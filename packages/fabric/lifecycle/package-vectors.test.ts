import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectorText } from '../testing/config-vectors.ts'
import { samplePackages } from '../testing/sample-packages.ts'
import { packageContract, packageId, readPackage } from './package.ts'

interface PackageVectors {
  readonly ours: readonly { readonly packageId: string }[]
  readonly theirs: { readonly package: string; readonly packageId: string }
}

const vectors: PackageVectors = JSON.parse(readVectorText('packages.json'))

test('our packages are to the byte those whose ids the peer program computed', async () => {
  const ids = await Promise.all(samplePackages.map(async (input) => (await packageContract(input)).packageId))
  assert.deepEqual(
    ids,
    vectors.ours.map((each) => each.packageId),
  )
})

test('a package that the peer program made is read, and has the id that it computed', async () => {
  const bytes = new Uint8Array(Buffer.from(vectors.theirs.package, 'base64'))
  const { label, type, files } = await readPackage(bytes)
  assert.deepEqual([label, type], ['official_1.0', 'node'])
  assert.deepEqual(Object.keys(files).sort(), ['src/index.js', 'src/package.json'])
  assert.equal(packageId(label, bytes), vectors.theirs.packageId)
})
