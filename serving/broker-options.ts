/** How brokers and a schema registry are reached, as their clients need it: with what the files hold that the configuration names. */
import { readWritten } from '../streams/log/regular.ts'
import type { BrokerOptions } from '../streams/relay/kafka/client.ts'
import type { RegistryOptions } from '../streams/relay/kafka/schemas.ts'
import type { BrokerConfig } from './kafka-config.ts'

/** @throws Refusal `file.unsound`, and what the file system says of a file that is not there */
export function brokerOptions(config: BrokerConfig): BrokerOptions {
  const { brokers, tls, ca, mechanism, user, passwordFile } = config
  return {
    brokers,
    ...((tls || ca !== undefined) && { ssl: ca === undefined ? true : { ca: readWritten(ca) } }),
    ...(user !== undefined && {
      sasl: { mechanism, username: user, password: passwordIn(passwordFile) },
    }),
  }
}

/** Null where no registry is named. */
export function registryOptions({
  registry,
  registryUser,
  registryPasswordFile,
}: Pick<BrokerConfig, 'registry' | 'registryUser' | 'registryPasswordFile'>): RegistryOptions | null {
  if (registry === undefined) return null
  if (registryUser === undefined) return { url: registry }
  return { url: registry, auth: { username: registryUser, password: passwordIn(registryPasswordFile) } }
}

const passwordIn = (file: string | undefined): string =>
  file === undefined ? '' : readWritten(file).trimEnd()
