import { sha256Hex, stableJson } from '@cello/kit'
import type { NodeSpec } from './driver.ts'

/** What changes when a node must be restarted to be as specified. Secrets go in by their hash; labels and incarnation do not count. */
export function specDigest(spec: NodeSpec): string {
  const { incarnation: _incarnation, labels: _labels, files, secretFiles, ...rest } = spec
  return sha256Hex(
    stableJson({
      ...rest,
      files: files.map(({ content, ...file }) => (file.isNoRestart ? file : { ...file, content })),
      secretFiles: secretFiles.map((file) => [file.path, sha256Hex(file.content.reveal())]),
    }),
  )
}
