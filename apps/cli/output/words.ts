import { duration } from '@cello/kit'

/** `5 min`, `3 h`, `12 d`: how long ago a moment was. */
export function age(moment: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** How long something took, or has taken so far. */
export function took(from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined) return undefined
  return duration(Math.max(0, (to === undefined ? Date.now() : Date.parse(to)) - Date.parse(from)))
}

/** `12.3 MB`, in steps of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** step
  return `${step === 0 ? value : value.toFixed(1)} ${units[step] ?? ''}`
}

/** `12.3 MB of 125.0 MB (9 %)`: how far something is. */
export function progressText({
  bytesDone,
  bytesTotal,
}: {
  bytesDone: number
  bytesTotal?: number | undefined
}): string {
  if (!bytesTotal) return bytes(bytesDone)
  return `${bytes(bytesDone)} of ${bytes(bytesTotal)} (${Math.floor((100 * bytesDone) / bytesTotal)} %)`
}

/** The first twelve digits: enough to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12)
}
