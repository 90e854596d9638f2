import type { HostRequest, HostStepKind, InstallFabricRequest, ObservedHost, Plan, Step } from '@cello/model'

/** What is left to be done until the host is as the request wants it: pure, the same steps for the same input, none once it is so. */
export function planHost(request: HostRequest, observed: ObservedHost): Plan {
  const steps =
    request.kind === 'install-fabric' ? installSteps(request, observed) : useSteps(request.version, observed)
  return { steps, notes: [] }
}

/** One after the other. What was checked or unpacked by a process that ended is checked and unpacked again: only the bytes that were fetched are kept. */
function installSteps(request: InstallFabricRequest, { release }: ObservedHost): Step[] {
  if (release?.installed) return []
  const { version } = request
  const all: (readonly [HostStepKind, string])[] = [
    ['fetch-archive', fetchTitle(request)],
    ['check-digest', `check the digest of the archive of Fabric ${version}`],
    ['unpack-archive', `unpack Fabric ${version}`],
    ['check-programs', `check the programs of Fabric ${version}`],
    ['place-release', `put Fabric ${version} into the cache`],
  ]
  const left = release?.fetched ? all.slice(1) : all
  return left.map(([kind, title], index) => {
    const before = left[index - 1]?.[0]
    return { kind, key: version, needs: before ? [`${before}/${version}`] : [], title }
  })
}

function fetchTitle({ version, from }: InstallFabricRequest): string {
  if (!from) return `find Fabric ${version}`
  if ('file' in from) return `take ${from.file}`
  // Without what follows a `?`: a mirror may want a password there.
  const { host, pathname } = new URL(from.url)
  return `fetch ${pathname.split('/').at(-1)} from ${host}`
}

function useSteps(version: string, { fabricVersion }: ObservedHost): Step[] {
  if (fabricVersion === version) return []
  return [{ kind: 'choose-release', key: version, needs: [], title: `let new networks get Fabric ${version}` }]
}
