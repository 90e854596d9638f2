import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfAsset } from './expected-digest.ts'
import { checkAddress, isOfficial } from './http-get.ts'
import { pinnedDigests } from './pinned-digests.ts'
import { archiveName, isTooOld, newestFirst, officialReleases } from './release.ts'

test('pinned digests are SHA-256 of official archives of Fabric that we support', () => {
  for (const [name, digest] of Object.entries(pinnedDigests)) {
    const [, platform, version] =
      /^hyperledger-fabric-(linux-(?:amd64|arm64))-(\d+\.\d+\.\d+)\.tar\.gz$/.exec(name) ?? []
    assert.equal(archiveName(version ?? '', platform), name)
    assert.equal(isTooOld(version ?? ''), false, name)
    assert.match(digest, /^[0-9a-f]{64}$/, name)
  }
  assert.equal(new Set(Object.values(pinnedDigests)).size, Object.keys(pinnedDigests).length, 'each file has its own')
})

test("a digest is read from GitHub's record of a release, and from nothing else", () => {
  const digest = 'a'.repeat(64)
  const record = (asset: object) => JSON.stringify({ tag_name: 'v3.1.4', assets: [{ name: 'x', digest: null }, asset] })
  assert.equal(digestOfAsset(record({ name: 'f', digest: `sha256:${digest}` }), 'f'), digest)
  assert.equal(digestOfAsset(record({ name: 'f', digest: null }), 'f'), undefined)
  assert.equal(digestOfAsset(record({ name: 'f' }), 'f'), undefined)
  assert.equal(digestOfAsset(record({ name: 'g', digest: `sha256:${digest}` }), 'f'), undefined)
  assert.equal(digestOfAsset(record({ name: 'f', digest: `md5:${digest}` }), 'f'), undefined)
  assert.equal(digestOfAsset('<html>', 'f'), undefined)
})

test('only the official address may redirect, and what looks like it is not', () => {
  assert.equal(isOfficial(checkAddress(`${officialReleases}/v3.1.5/${archiveName('3.1.5')}`)), true)
  for (const url of [
    officialReleases.replace('https', 'http'),
    'https://github.com.example.org/hyperledger/fabric/releases/download/v3.1.5/x',
    `${officialReleases}/../../../../evil/x/releases/download/y`,
    'https://github.com/evil/fabric/releases/download/v3.1.5/x',
  ]) {
    assert.equal(isOfficial(checkAddress(url)), false, url)
  }
})

test('versions stand newest first, by their numbers', () => {
  assert.deepEqual(['2.5.9', '3.1.5', '2.5.16', '3.0.0'].sort(newestFirst), ['3.1.5', '3.0.0', '2.5.16', '2.5.9'])
  assert.deepEqual(['2.5.0', '2.4.9', '1.4.12', '3.0.0'].map(isTooOld), [false, true, true, false])
})
