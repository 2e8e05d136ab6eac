#!/bin/sh
# Runs a trainer where nothing is but what it needs. It is started in namespaces of its own (mounts, network, processes, names, IPC), makes a
# root that is gone with it, gives up every right, and hands out what the trainer wrote over file descriptors 3 and 4.
# SANDBOX_ROOT: an empty folder. SANDBOX_IN: the folder with what is read. SANDBOX_MOUNTS: folders that are read too, a line each.
# SANDBOX_UID: who the trainer is, where the platform is root. SANDBOX_OUT_MB, SANDBOX_DATA, SANDBOX_PROCESSES: limits.
set -eu
root=$SANDBOX_ROOT

mount --make-rprivate /
mount -t tmpfs -o size=1m,mode=755 sandbox "$root"

# Read-only, and every mount below it: one that came along is a mount of its own. What holds one already, a user may not loosen.
readonly_at() {
  mounts=$(cat /proc/self/mountinfo)
  while read -r _ _ _ _ at options _; do
    at=$(printf '%b' "$at")
    case "$at" in "$1" | "$1"/*) ;; *) continue ;; esac
    case "$options" in r?,*) options=${options#r?} ;; *) options= ;; esac
    mount -o "remount,bind,ro$options" "$at"
  done <<MOUNTS
$mounts
MOUNTS
}
show() {
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2" 2>/dev/null || mount --rbind "$1" "$root$2"
  readonly_at "$root$2"
}

show /usr /usr
for part in /bin /sbin /lib /lib32 /lib64; do
  if [ -L $part ]; then cp -P $part "$root$part"; elif [ -d $part ]; then show $part $part; fi
done
show "$SANDBOX_IN" /in
mkdir -p "$root/proc" "$root/dev/shm" "$root/etc" "$root/out" "$root/tmp" "$root/code" "$root/old"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind /dev/$device "$root/dev/$device"
done
[ ! -f /etc/ld.so.cache ] || cp /etc/ld.so.cache "$root/etc/ld.so.cache" 2>/dev/null || :
mount -t tmpfs -o size="${SANDBOX_OUT_MB}m",mode=1777,nosuid,nodev sandbox "$root/out"
mount -t tmpfs -o size="${SANDBOX_OUT_MB}m",mode=1777,nosuid,nodev sandbox "$root/tmp"
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev sandbox "$root/dev/shm"
mount -t tmpfs -o size=256m,mode=755,uid="${SANDBOX_UID:-0}",nosuid,nodev sandbox "$root/code"
# They may lie below one of these.
printf '%s\n' "$SANDBOX_MOUNTS" | while IFS= read -r path; do
  [ -n "$path" ] || continue
  case "$(readlink -f "$path")" in
    / | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*)
      echo "a sandbox is shown no $path" >&2
      exit 1
      ;;
  esac
  show "$path" "$path"
done
# Where a machine does not let a user mount it, there is none.
mount -t proc -o nosuid,nodev,noexec proc "$root/proc" 2>/dev/null || :
# Segments and queues of System V are nobody's memory, and stay when whoever made them ends: here there are none.
for limit in shmmni msgmni; do
  { echo 0 >"$root/proc/sys/kernel/$limit"; } 2>/dev/null || :
done

cd "$root"
pivot_root . old
cd /
umount -l old
rmdir old
mount -o remount,ro /

# Who gives up an identity loses the signal by which it ends with the platform, and asks for it again.
drop="setpriv --pdeathsig KILL --no-new-privs --bounding-set=-all --inh-caps=-all"
[ -z "$SANDBOX_UID" ] || drop="$drop --reuid=$SANDBOX_UID --regid=$SANDBOX_UID --clear-groups"
$drop tar -xf /in/code.tar -C /code --no-same-owner --no-same-permissions
mount -o remount,ro /code

# Whoever makes a namespace of users is root in it, and mounts what memory he likes: in this one, the last, none is made. Where a machine lets
# only root make them, a trainer makes none either.
sealed='{ echo 0 >/proc/sys/user/max_user_namespaces; } 2>/dev/null || :; exec "$@"'
last="/bin/sh -c"
if [ -n "$SANDBOX_UID" ]; then
  become="setpriv --reuid=$SANDBOX_UID --regid=$SANDBOX_UID --clear-groups"
  if $become unshare --user --map-current-user true 2>/dev/null; then
    last="$become unshare --user --map-current-user --keep-caps /bin/sh -c"
    drop="setpriv --pdeathsig KILL --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all"
  fi
fi

exec env -i PATH="/usr/local/bin:/usr/bin:/bin" HOME=/tmp TMPDIR=/tmp LANG=C.UTF-8 \
  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 \
  prlimit --core=0 --nofile=1024 --data="$SANDBOX_DATA" --nproc="$SANDBOX_PROCESSES" \
  $last "$sealed" sealed $drop /bin/sh -c '
    cd /code
    echo started >&5
    "$@" /in /out </dev/null 3>&- 4>&- 5>&- || exit $?
    [ ! -f /out/model.onnx ] || cat /out/model.onnx >&3
    [ ! -f /out/metrics.json ] || cat /out/metrics.json >&4
  ' trainer "$@"
