/**
 * The S3 servers that the suites of buckets run against: the one that `TEST_S3` names (moto, or another, then with `TEST_S3_KEY`,
 * `TEST_S3_SECRET`, and `TEST_S3_LOCK=strict` where it keeps compliance mode to the letter), and VersityGW.
 */
import { VERSITYGW_KEYS } from './versitygw.ts'

export type S3Server = Readonly<{
  name: string
  /** Empty where there is none. */
  endpoint: string
  credentials: Readonly<{ accessKeyId: string; secretAccessKey: string }>
  /** Nobody shortens what it keeps in compliance mode. */
  isStrict: boolean
}>

const { TEST_S3 = '', TEST_S3_KEY, TEST_S3_SECRET, TEST_S3_LOCK, TEST_VERSITYGW = '' } = process.env

export const S3_SERVERS: readonly S3Server[] = [
  {
    name: 'TEST_S3',
    endpoint: TEST_S3,
    credentials: { accessKeyId: TEST_S3_KEY ?? 'test', secretAccessKey: TEST_S3_SECRET ?? 'testtesttest' },
    isStrict: TEST_S3_LOCK === 'strict',
  },
  { name: 'VersityGW', endpoint: TEST_VERSITYGW, credentials: VERSITYGW_KEYS, isStrict: true },
]
