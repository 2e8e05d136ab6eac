/** Tells whom the configuration names of the platform's alarms, for as long as it is open. */
import { join } from 'node:path'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { readWritten } from '../../streams/log/regular.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import { alertsOf, MOST_ALERTS } from './alertmanager.ts'
import type { EmailConfig, NotifyConfig, WebhookConfig } from './config.ts'
import { mailer, messageOf } from './email.ts'
import { type Forwarder, type ForwarderStatus, forwarder } from './forwarder.ts'
import { calling, newsOf } from './news.ts'
import { toldFile } from './told.ts'
import { poster } from './webhook.ts'

export type OpenNotify = Readonly<{
  status: () => readonly ForwarderStatus[]
  close: () => Promise<void>
}>

/** What is asked of a platform. */
type Sources = Pick<Platform, 'moment' | 'confirmed'> &
  Readonly<{
    folder: Pick<Platform['folder'], 'root'>
    log: Readonly<{ seal: Readonly<{ identity: string }> | null }>
    folds: Pick<Platform['folds'], 'alarms'>
  }>
type Environment = Readonly<Record<string, string | undefined>>

/** @throws Refusal `notify.no-secret`, `file.unsound`: a secret that is configured and not there */
export function openNotify(platform: Sources, config: NotifyConfig, environment: Environment): OpenNotify {
  const { webhook, email } = config
  const parts = { platform, console: config.console, environment }
  const all = [
    ...(webhook === undefined ? [] : [toWebhook(webhook, parts)]),
    ...(email === undefined ? [] : [toPeople(email, parts)]),
  ]
  return {
    status: () => all.map((one) => one.status()),
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  }
}

const ALARMS = { what: 'Alarms', shownBy: 'asof alarms' }

type Parts = Readonly<{ platform: Sources; console: string | undefined; environment: Environment }>

const identityOf = ({ log }: Sources): string => {
  assert(log.seal !== null, 'a log that is served has a seal')
  return log.seal.identity
}

/** What is to be told now. How far the log is confirmed is read first: what is raised meanwhile is news next time. */
async function latest(platform: Sources, file: ReturnType<typeof toldFile>) {
  const upTo = await platform.confirmed()
  const state = platform.folds.alarms.state()
  const now = platform.moment.nowMicros()
  const kept = file.load()
  // A log that was restored has not got that far any more.
  const told = kept !== null && kept.position > upTo ? null : kept
  return { state, now, told, news: newsOf(state, told, { upTo, now }) }
}

function toWebhook(config: WebhookConfig, { platform, console, environment }: Parts): Forwarder {
  const { url, tokenFile, tokenVariable, everySeconds } = config
  const log = identityOf(platform)
  const post = poster(url, secretOf({ file: tokenFile, variable: tokenVariable }, environment))
  const file = toldFile(join(platform.folder.root, 'notify', 'webhook.json'), log)
  return forwarder({
    ...{ ...ALARMS, name: new URL(url).host, everyMillis: everySeconds * 1_000, onTrouble: warn },
    async step() {
      const { state, now, told, news } = await latest(platform, file)
      const alerts = alertsOf(calling(state, now), news.over, { now, everySeconds, console, log })
      // One that has no alert in it tells of an address that is wrong before there is an alarm.
      for (let at = 0; at < Math.max(1, alerts.length); at += MOST_ALERTS)
        await post(alerts.slice(at, at + MOST_ALERTS))
      if (told?.position !== news.told.position) await file.save(news.told)
      return news.told.position
    },
  })
}

function toPeople(config: EmailConfig, { platform, console, environment }: Parts): Forwarder {
  const { host, everySeconds, passwordFile, passwordVariable } = config
  const log = identityOf(platform)
  const mail = mailer(config, secretOf({ file: passwordFile, variable: passwordVariable }, environment))
  const file = toldFile(join(platform.folder.root, 'notify', 'email.json'), log)
  const sending = forwarder({
    ...{ ...ALARMS, name: host, everyMillis: everySeconds * 1_000, onTrouble: warn },
    async step() {
      const { now, told, news } = await latest(platform, file)
      const message = messageOf(news, { now, log, console })
      if (message !== null) await mail.send(message)
      if (message !== null || told?.position !== news.told.position) await file.save(news.told)
      return news.told.position
    },
  })
  return {
    status: sending.status,
    async close() {
      await sending.close()
      mail.close()
    },
  }
}

export type Secret = Readonly<{ file: string | undefined; variable: string | undefined }>

/** @throws Refusal `notify.no-secret`, `file.unsound` */
export function secretOf({ file, variable }: Secret, environment: Environment): string | null {
  if (file !== undefined) return readWritten(file).trimEnd()
  if (variable === undefined) return null
  const secret = environment[variable]
  if (secret === undefined || secret === '') throw refuse('notify.no-secret', { variable })
  return secret
}
