/**
 * Error numbers of Linux by name, and the error that every refused call of the
 * shim becomes. The numbers are the same on x86_64 and aarch64.
 */

const NAMES = `
  EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM
  EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE
  EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
  EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP ? ENOMSG EIDRM ECHRNG
  EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL
  ENOANO EBADRQC EBADSLT ? EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG
  EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW
  ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ
  ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE
  ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT
  EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET
  ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS
  ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE
  EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
  ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD
  ENOTRECOVERABLE ERFKILL ?
`.trim().split(/\s+/);

/** Name of an error number ("EAGAIN"), or "errno N" when it has none. */
export function errnoName(errno: number): string {
  const name = NAMES[errno - 1];
  return name === undefined || name === "?" ? `errno ${errno}` : name;
}

/** A call into C that was refused: which, and with which errno. */
export class FfiError extends Error {
  override readonly name = "FfiError";
  readonly call: string;
  readonly errno: number;
  /** The errno by name, "EAGAIN". */
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call} answered ${code}`);
    this.call = call;
    this.errno = errno;
    this.code = code;
  }
}

/**
 * The one gate for answers of the shim: what is not negative passes.
 *
 * @throws {FfiError} when the answer is -errno.
 */
export function unwrap(call: string, answer: number | bigint): number {
  const value = Number(answer);
  if (value < 0) throw new FfiError(call, -value);
  return value;
}
