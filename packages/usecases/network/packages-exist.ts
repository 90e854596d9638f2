import { type NetworkSpec, PlatformError } from '@cello/model'
import type { Context } from '../context.ts'

/** Every package that the document names was uploaded. @throws NOT_FOUND */
export async function checkPackages({ store }: Context, spec: NetworkSpec): Promise<void> {
  const digests = new Set(
    spec.channels.flatMap(({ contracts }) =>
      contracts.flatMap(({ package: digest, code }) => [digest ?? [], code ?? []].flat()),
    ),
  )
  for (const digest of digests) {
    if (!(await store.packages.get(digest))) throw new PlatformError('NOT_FOUND', { noun: 'package', id: digest })
  }
}
