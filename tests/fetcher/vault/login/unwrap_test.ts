/** Wrapped secret ids: lookup, unwrapping, alarms. tests/e2e does the same with OpenBao. */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import type { Credentials } from "@/protocol/fetcher/vault_settings.ts";
import {
  APPROLE,
  FakeVault,
  fetchBy,
  GRANTED,
  refusal,
  rejects,
  type Reply,
  SECRET,
  type Seen,
} from "../fake_vault.ts";

const WRAPPED = { secretIdWrapped: "s.wrapping" };
const GONE = "wrapping token is not valid or does not exist";
const LOOKUP = "/v1/sys/wrapping/lookup";
const UNWRAP = "/v1/sys/wrapping/unwrap";
const LOGIN = "/v1/auth/approle/login";
const ORIGIN = { data: { creation_path: "auth/approle/role/app/secret-id" } };
const SECRET_ID = { data: { secret_id: "the-secret-id" } };

/** A Vault in which everything works, except for the paths in `replies`. */
function startVault(
  replies: Readonly<Record<string, (seen: Seen) => Reply>> = {},
): FakeVault {
  const usual: Readonly<Record<string, Reply>> = {
    [LOOKUP]: ORIGIN,
    [UNWRAP]: SECRET_ID,
    [LOGIN]: GRANTED,
  };
  return new FakeVault((seen) =>
    replies[seen.path]?.(seen) ?? usual[seen.path] ?? SECRET
  );
}

function fetching(
  vault: FakeVault,
  credentials: Credentials = WRAPPED,
  onNote?: (text: string) => void,
) {
  return fetchBy(APPROLE, vault, credentials, onNote);
}

Deno.test("a wrapped secret id is looked up, unwrapped, used and returned", async () => {
  await using vault = startVault();
  const { secretId } = await fetching(vault);
  assert.equal(secretId, "the-secret-id");
  const paths = vault.seen.map(({ path }) => path).slice(0, 3);
  assert.deepEqual(paths, [LOOKUP, UNWRAP, LOGIN]);
  assert.equal(vault.to(UNWRAP)[0]?.headers.get("x-vault-token"), "s.wrapping");
  assert.equal(vault.to(LOOKUP)[0]?.headers.get("x-vault-token"), null);
  assert.match(vault.to(LOGIN)[0]?.body ?? "", /the-secret-id/);
});

Deno.test("an unwrapped secret id is reused without unwrapping", async () => {
  await using vault = startVault();
  const { secretId } = await fetching(vault, { secretIdUnwrapped: "earlier" });
  assert.equal(secretId, "earlier");
  assert.equal(vault.to("/v1/sys").length, 0);
  assert.match(vault.to(LOGIN)[0]?.body ?? "", /earlier/);
});

Deno.test("a used wrapping token is an alarm", async () => {
  for (
    const [path, alarm, doubt] of [
      [LOOKUP, /^ALARM: VAULT_SECRET_ID_WRAPPED cannot/, /earlier start/],
      [
        UNWRAP,
        /^ALARM: VAULT_SECRET_ID_WRAPPED was used between our lookup and our unwrap, by another client or by a retry of this fetcher\. /,
        /audit log shows a retry/,
      ],
    ] as const
  ) {
    await using vault = startVault({ [path]: () => refusal(400, GONE) });
    const advice = /another client.*destroy.*audit log/;
    await rejects(fetching(vault), ConfigError, alarm, doubt, advice);
    assert.equal(vault.to(LOGIN).length, 0);
  }
});

Deno.test("a wrapping token of another origin is an alarm, and is not unwrapped", async () => {
  for (
    const origin of [
      "sys/wrapping/wrap",
      "cubbyhole/x",
      // It would take a stolen secret id.
      "auth/approle/role/app/custom-secret-id",
      "auth/approle2/role/app/secret-id",
      "auth/approle/role/a/b/secret-id",
      "auth/approle/role//secret-id",
      "auth/approle/role/app/secret-id/lookup",
      "x/auth/approle/role/app/secret-id",
      undefined,
    ]
  ) {
    const reply = { data: { creation_path: origin } };
    await using vault = startVault({ [LOOKUP]: () => reply });
    await rejects(fetching(vault), ConfigError, /^ALARM: .*wrapped it again/);
    assert.equal(vault.to(UNWRAP).length, 0, String(origin));
  }
});

Deno.test("a temporary failure is retried and is not an alarm", async () => {
  let sealed = 3;
  const soon = (good: Reply) => () =>
    --sealed > 0 ? refusal(503, "Vault is sealed") : good;
  await using vault = startVault({ [LOOKUP]: soon(ORIGIN) });
  assert.equal((await fetching(vault)).secretId, "the-secret-id");
});

Deno.test("a failure after the unwrapping asks for a new wrapping token", async () => {
  for (
    const [path, reply, kind] of [
      [LOGIN, () => refusal(400, "invalid secret id"), ConfigError],
      ["/v1/secret/data/app", () => refusal(404), ConfigError],
      [LOGIN, () => refusal(503), VaultUnavailableError],
    ] as const
  ) {
    await using vault = startVault({ [path]: reply });
    await assert.rejects(fetching(vault), {
      message: /used up: the next start needs a new/,
      exitCode: new kind("").exitCode,
    });
  }
});

Deno.test("a refused login names the setting that the secret id came from", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "s.wrapping");
  const { roleId: _, ...base } = APPROLE;
  for (
    const [auth, credentials, settings] of [
      [APPROLE, WRAPPED, "VAULT_ROLE_ID, VAULT_SECRET_ID_WRAPPED"],
      [
        APPROLE,
        { secretIdUnwrapped: "earlier" },
        "VAULT_ROLE_ID, VAULT_SECRET_ID_WRAPPED",
      ],
      [
        { ...base, roleIdFile: file, secretIdWrappedFile: file },
        {},
        "VAULT_ROLE_ID_FILE, VAULT_SECRET_ID_WRAPPED_FILE",
      ],
      [
        { ...APPROLE, secretIdFile: file },
        {},
        "VAULT_ROLE_ID, VAULT_SECRET_ID_FILE",
      ],
      [APPROLE, { secretId: "s" }, "VAULT_ROLE_ID, VAULT_SECRET_ID"],
    ] as const
  ) {
    await using vault = startVault({ [LOGIN]: () => refusal(400) });
    const words =
      `check VAULT_AUTH_MOUNT_PATH \\S+, ${settings} and VAULT_NAME`;
    await assert.rejects(fetchBy(auth, vault, credentials), {
      exitCode: 78,
      message: new RegExp(words),
    });
  }
  await Deno.remove(file);
});

Deno.test("a limited secret id gets a warning", async () => {
  for (
    const [limits, words] of [
      [
        { secret_id_num_uses: 1, secret_id_ttl: 0 },
        /secret id allows 1 login; the wrapper/,
      ],
      [
        { secret_id_num_uses: 3, secret_id_ttl: 600 },
        /allows 3 logins and expires in 10m;/,
      ],
    ] as const
  ) {
    const reply = { data: { secret_id: "x", ...limits } };
    await using vault = startVault({ [UNWRAP]: () => reply });
    const notes: string[] = [];
    await fetching(vault, WRAPPED, (text) => notes.push(text));
    assert.match(notes.join(), words);
  }
});

Deno.test("a wrong setting is reported before the token's only use", async () => {
  await using vault = startVault();
  const { roleId: _, ...base } = APPROLE;
  const auth = { ...base, roleIdFile: "/nonexistent" };
  const without = fetchBy(auth, vault, WRAPPED);
  await rejects(without, ConfigError, /VAULT_ROLE_ID_FILE/);
  await rejects(
    fetching(vault, { secretIdWrapped: "two words" }),
    ConfigError,
    /Invalid token in VAULT_SECRET_ID_WRAPPED: /,
  );
  assert.equal(vault.seen.length, 0);
});
