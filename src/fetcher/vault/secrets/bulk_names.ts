/**
 * Variables that a secret without CLOUDTASER_ENV_MAP may not set. The writer of
 * such a secret chooses the names, and these variables decide what code a program
 * runs or which servers it trusts. An operator may map any name.
 */

/** Names with one reason. `*` at the end or the beginning matches any text. */
export interface RefusedNames {
  readonly names: readonly string[];
  readonly why: string;
  /** Programs ignore the name's case. */
  readonly anyCase?: boolean;
}

/** In the order of docs/NAMES.md. Names that are usually credentials (GIT_TOKEN, NPM_TOKEN) are allowed. */
export const REFUSED_IN_BULK: readonly RefusedNames[] = [
  {
    // What glibc ignores in setuid programs, and variables of other loaders.
    names: words(`LD_* DYLD_* GLIBC_TUNABLES GCONV_PATH GETCONF_DIR LOCPATH
      MUSL_LOCPATH NLSPATH MALLOC_* TZDIR TMPDIR LIBC_*`),
    why: "it names files that the loader or the C library loads or writes",
  },
  {
    names: words(`PATH IFS ENV BASH_* SHELLOPTS BASHOPTS PS0 PS1 PS2 PS4
      PROMPT_COMMAND SHELL CDPATH GLOBIGNORE INPUTRC ZDOTDIR FPATH KSH_ENV`),
    why: "it names code that shells run, or where they find programs",
  },
  {
    names: words(`HOME XDG_* TERMINFO TERMINFO_DIRS TERMCAP EDITOR VISUAL PAGER
      MANPAGER BROWSER LESSOPEN LESSCLOSE VIMINIT EXINIT SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR
      PSQLRC PSQL_* CURL_HOME WGETRC KUBECONFIG DOCKER_CONFIG AWS_CONFIG_FILE
      AWS_SHARED_CREDENTIALS_FILE AWKPATH AWKLIBPATH EMACSLOADPATH TAR_OPTIONS
      RSYNC_RSH CVS_RSH HGRCPATH GNUPGHOME MAKEFLAGS RUSTC_WRAPPER
      ANSIBLE_CONFIG ANSIBLE_LIBRARY`),
    why: "it names programs that tools run, or settings that they read",
  },
  {
    names: words(`GIT_ASKPASS GIT_SSH* GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER
      GIT_EXTERNAL_DIFF GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_DIR GIT_WORK_TREE
      GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_*
      GIT_CONFIG* GIT_ATTR_* GIT_PROXY_* GIT_PROTOCOL* GIT_ALLOW_PROTOCOL
      GIT_SSL_* GIT_TRACE*`),
    why: "it names programs that git runs",
  },
  {
    names: words(`NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS
      NODE_TLS_REJECT_UNAUTHORIZED NODE_REPL_* NODE_V8_COVERAGE NODE_ICU_DATA
      NODE_COMPILE_CACHE NODE_CHANNEL_FD NODE_REDIRECT_WARNINGS
      ELECTRON_RUN_AS_NODE NPM_CONFIG_* npm_config_* BUN_OPTIONS BUN_INSPECT*
      BUN_CONFIG_* BUN_INSTALL DENO_*`),
    why: "Node.js, npm, Bun and Deno take options and modules from it",
  },
  {
    names: words(`PYTHON* PIP_* VIRTUAL_ENV GUNICORN_CMD_ARGS UWSGI_*`),
    why: "Python takes options and modules from it",
  },
  {
    names: words(
      `PERL5* PERLLIB PERLIO* PERL_* RUBY* GEM_HOME GEM_PATH BUNDLE_GEMFILE
      BUNDLE_PATH BUNDLE_BIN_PATH BUNDLE_APP_CONFIG BUNDLER_* PHPRC
      PHP_INI_SCAN_DIR LUA_INIT* LUA_PATH* LUA_CPATH* TCLLIBPATH TCL_LIBRARY
      R_HOME R_LIBS* R_PROFILE* R_ENVIRON* JULIA_* ERL_* ELIXIR_ERL_OPTIONS
      GUILE_* COMPOSER_HOME XDEBUG_CONFIG LUAROCKS_CONFIG CAML_LD_LIBRARY_PATH
      OCAMLRUNPARAM GHCRTS`,
    ),
    why: "an interpreter takes options and modules from it",
  },
  {
    names: words(`JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS
      JDK_JAVAC_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS JAVA_OPTIONS
      CATALINA_HOME CATALINA_BASE MAVEN_ARGS CLASSPATH JAVA_HOME JRE_HOME *_OPTS`),
    why: "Java takes options, agents and classes from it",
  },
  {
    names: words(`DOTNET_* COMPlus_* CORECLR_* COR_* COREHOST_* MONO_*
      ASPNETCORE_HOSTINGSTARTUPASSEMBLIES`),
    why: "it names hooks and profilers that .NET loads",
  },
  {
    names: words(`OPENSSL_* SSLKEYLOGFILE SSL_CERT_* CURL_CA_BUNDLE
      REQUESTS_CA_BUNDLE AWS_CA_BUNDLE GO111MODULE GODEBUG GOFLAGS GOTOOLCHAIN
      KRB5_CONFIG KRB5_TRACE SASL_PATH LDAPCONF LDAPRC LIBMYSQL_*
      PGSYSCONFDIR PGSERVICEFILE PGSSLROOTCERT QT_PLUGIN_PATH GTK_MODULES
      GTK_PATH GIO_EXTRA_MODULES GIO_MODULE_DIR GST_PLUGIN_* MAGICK_* ASAN_OPTIONS LSAN_OPTIONS
      MSAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS GCOV_PREFIX LLVM_PROFILE_FILE
      ODBCSYSINI ODBCINI TNS_ADMIN ORACLE_HOME MYSQL_HOME OPENSC_CONF
      GI_TYPELIB_PATH VK_LAYER_PATH`),
    why:
      "it names modules that libraries load, or certificates that they trust",
  },
  {
    names: words(`HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_HOST_CONF
      KUBERNETES_SERVICE_* KUBERNETES_PORT* DOCKER_HOST AWS_ENDPOINT_URL
      AWS_ENDPOINT_URL_* PGHOSTADDR PGOPTIONS`),
    why: "it chooses which machine the application speaks to",
  },
  {
    names: ["*_PROXY"],
    why: "it names a proxy, in capitals or not",
    anyCase: true,
  },
  {
    names: words(`VAULT_* BAO_* CLOUDTASER_*`),
    why: "it is a setting of Vault's clients, or of this wrapper",
  },
];

function words(text: string): string[] {
  return text.split(/\s+/);
}

/** Why a secret may not set `name` without a mapping; undefined: it may. */
export function refuseInBulk(name: string): string | undefined {
  return REFUSED_IN_BULK.find(({ names, anyCase }) => {
    const seen = anyCase ? name.toUpperCase() : name;
    return names.some((pattern) => fits(seen, pattern));
  })?.why;
}

function fits(name: string, pattern: string): boolean {
  if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return name.startsWith(pattern.slice(0, -1));
  return name === pattern;
}
