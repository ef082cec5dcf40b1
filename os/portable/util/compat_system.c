/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the functions of Linux for streams, memory, terminals and signals that Windows lacks.
 * On other systems, this file is empty. compat.h states the differences from the functions of
 * Linux. */
#include "os/portable/util/compat.h"

#ifdef _WIN32
#undef fclose
#undef signal

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <bcrypt.h>

/* stdout and stderr carry bytes, so the C library of Windows must not change line ends. */
__attribute__((constructor)) static void streams_are_binary(void)
{
	_fmode = _O_BINARY;
	for (int fd = 0; fd <= 2; fd++)
		_setmode(fd, _O_BINARY);
}

/* The number of attempts to create a temporary file with a free name. An attempt fails if another
 * program creates a file with this name first. */
#define TEXT_TRIES 16

/* Windows lacks open_memstream(), so this file replaces it. Each stream is a temporary file, and
 * compat_fclose() copies its content into memory. These are the open streams of this thread. */
static _Thread_local struct compat_text {
	FILE *file;
	char **text;
	size_t *size;
} compat_texts[8];

static struct compat_text *text_of(const FILE *file)
{
	for (size_t i = 0; i < sizeof(compat_texts) / sizeof(compat_texts[0]); i++)
		if (compat_texts[i].file == file)
			return &compat_texts[i];
	return NULL;
}

/* Creates a temporary file, which the system deletes when it is closed.
 * Returns: the stream, or NULL with errno. */
static FILE *text_file_new(void)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "rpi%lu.", (unsigned long)GetCurrentProcessId());
	for (int tries = 0; tries < TEXT_TRIES; tries++) {
		char *path = _tempnam(NULL, prefix);
		int fd = path ? _open(path, _O_RDWR | _O_CREAT | _O_EXCL | _O_BINARY | _O_TEMPORARY,
				      _S_IREAD | _S_IWRITE)
			      : -1;

		free(path);
		if (fd >= 0)
			return _fdopen(fd, "w+b");
	}
	return NULL;
}

FILE *open_memstream(char **ret, size_t *ret_size)
{
	struct compat_text *text = text_of(NULL);

	if (!text)
		return NULL;
	*text = (struct compat_text){text_file_new(), ret, ret_size};
	return text->file;
}

int compat_fclose(FILE *file)
{
	struct compat_text *text = text_of(file);
	long size;

	if (!text)
		return fclose(file);
	text->file = NULL;
	fflush(file);
	size = ftell(file);
	*text->text = size >= 0 ? calloc(1, (size_t)size + 1) : NULL;
	rewind(file);
	*text->size = *text->text ? fread(*text->text, 1, (size_t)size, file) : 0;
	return fclose(file);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	(void)alignment;
	*ret = malloc(size);
	return *ret ? 0 : ENOMEM;
}

struct tm *gmtime_r(const time_t *at, struct tm *ret)
{
	return gmtime_s(ret, at) == 0 ? ret : NULL;
}

int getentropy(void *ret, size_t size)
{
	return BCryptGenRandom(NULL, ret, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0 ? 0
											     : -1;
}

long sysconf(int name)
{
	MEMORYSTATUSEX memory = {.dwLength = sizeof(memory)};

	GlobalMemoryStatusEx(&memory);
	return name == _SC_PAGESIZE ? 4096 : (long)(memory.ullTotalPhys / 4096);
}

int poll(struct pollfd *fds, unsigned int count, int timeout_ms)
{
	(void)timeout_ms;
	for (unsigned int i = 0; i < count; i++)
		fds[i].revents = fds[i].events;
	return (int)count;
}

int fstatvfs(int fd, struct statvfs *ret)
{
	ULARGE_INTEGER left, all;

	(void)fd;
	if (!GetDiskFreeSpaceExA(NULL, &left, &all, NULL))
		return -1;
	*ret = (struct statvfs){1, all.QuadPart, left.QuadPart};
	return 0;
}

int ioctl(int fd, int request, struct winsize *ret)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	(void)request;
	if (!GetConsoleScreenBufferInfo((HANDLE)_get_osfhandle(fd), &info))
		return -1;
	ret->ws_col = (unsigned short)(info.srWindow.Right - info.srWindow.Left + 1);
	ret->ws_row = (unsigned short)(info.srWindow.Bottom - info.srWindow.Top + 1);
	return 0;
}

void (*compat_signal(int number, void (*handler)(int)))(int)
{
	return number == SIGPIPE ? SIG_DFL : (signal)(number, handler);
}

/* Replaces sigaction(), which Windows lacks. Windows has no SIGHUP, so the function fails for it.
 * Each signal resets its handler, as if SA_RESETHAND was set. */
int sigaction(int number, const struct sigaction *action, struct sigaction *ret_old)
{
	if (number == SIGHUP)
		return -1;
	if (ret_old)
		ret_old->sa_handler = SIG_DFL;
	return action && signal(number, action->sa_handler) == SIG_ERR ? -1 : 0;
}
#endif
