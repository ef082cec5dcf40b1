/* SPDX-License-Identifier: Apache-2.0 */
/* Detects files that are not disk images by the magic numbers in their specifications and in
 * file(1). No magic number may match a file system or boot sector by chance, so each one is long or
 * is combined with a further check. */
#include "image/kind.h"

#include "image/table.h"
#include "util/bytes.h"
#include "util/util.h"

#include <stdint.h>
#include <string.h>

#define CONVERT "convert it first with qemu-img convert -O raw"
#define UNPACK	"unpack the file first, and give the disk image that the file contains"
#define EXPAND	"expand it first"
#define IMAGE	"give a disk image"
#define RECOVER "serve it to the board with -d, or copy it to a boot partition"
#define ROOT_FS "give an image of a whole disk, with its partition table"

#define TAR_BYTES	  512
#define TAR_SUM_AT	  148
#define TAR_SUM_BYTES	  8
#define LZMA_BYTES	  13
#define LZMA_SIZE_MAX	  (UINT64_C(1) << 38) /* the limit that xz uses */
#define COMPRESS_BITS_MIN 9
#define COMPRESS_BITS_MAX 16
#define DMG_VERSION	  4

/* Makes one row of the table that detects kinds of files: a file of the kind `name` has the bytes
 * `text` at offset `at`. `remedy` is the advice to the user. */
#define ROW(at, text, name, remedy)                                                                \
	{                                                                                          \
		at, sizeof(text) - 1, text,                                                        \
		{                                                                                  \
			name, remedy                                                               \
		}                                                                                  \
	}

static const struct magic {
	size_t at, size;
	const char *text;
	struct image_kind kind;
} magics[] = {
	/* These magic numbers identify disks of virtual machines. */
	ROW(0, "QFI\xfb", "a QEMU disk (qcow2)", CONVERT),
	ROW(0, "QED\0", "a QEMU disk (qed)", CONVERT),
	ROW(0, "KDMV", "a VMware disk (vmdk)", CONVERT),
	ROW(0, "COWD", "a VMware disk (vmdk)", CONVERT),
	ROW(0, "# Disk DescriptorFile", "the description of a VMware disk (vmdk)", CONVERT),
	ROW(0, "conectix", "a Virtual PC disk (vhd)", CONVERT),
	ROW(0, "vhdxfile", "a Hyper-V disk (vhdx)", CONVERT),
	ROW(64, "\x7f\x10\xda\xbe", "a VirtualBox disk (vdi)", CONVERT),
	ROW(0, "WithoutFreeSpace", "a Parallels disk", CONVERT),
	ROW(0, "WithouFreSpacExt", "a Parallels disk", CONVERT),
	ROW(0, "Bochs Virtual HD Image", "a Bochs disk", CONVERT),
	/* These magic numbers identify split or sparse images, and images of parts of disks. */
	ROW(0, "\x3a\xff\x26\xed\x01\0", "an Android sparse image",
	    "expand it first with simg2img"),
	ROW(0, "ANDROID!", "an Android boot image", IMAGE),
	ROW(0, "VNDRBOOT", "an Android boot image", IMAGE),
	ROW(0, "partclone-image", "a partclone image", "restore it first with partclone"),
	ROW(0, "MSWIM\0\0\0", "a Windows image (wim)", UNPACK),
	ROW(0, "UF2\n\x57\x51\x5d\x9e", "UF2 firmware for a microcontroller",
	    "copy the file to the USB drive of the microcontroller"),
	ROW(32769, "CD001", "a CD or DVD image (ISO 9660) without a partition table", IMAGE),
	ROW(32769, "BEA01", "a DVD image (UDF) without a partition table", IMAGE),
	ROW(0, "hsqs", "a SquashFS file system", ROOT_FS),
	ROW(0, "sqsh", "a SquashFS file system", ROOT_FS),
	ROW(1024, "\xe2\xe1\xf5\xe0", "an EROFS file system", ROOT_FS),
	ROW(0, "\x45\x3d\xcd\x28", "a cramfs file system", ROOT_FS),
	ROW(0, "-rom1fs-", "a romfs file system", ROOT_FS),
	ROW(0, "UBI#", "an image for raw flash (UBI)", IMAGE),
	ROW(0, "\x31\x18\x10\x06", "an image for raw flash (UBIFS)", IMAGE),
	ROW(4086, "SWAPSPACE2", "swap space", IMAGE),
	ROW(0, "\x55\xaa\xf0\x0f", "a bootloader EEPROM image of a Raspberry Pi",
	    "write the image to the EEPROM of a board with 'rpiboot recover'"),
	/* These magic numbers identify unsupported compressed or encrypted files. */
	ROW(0, "\x04\x22\x4d\x18", "a file compressed by lz4", EXPAND " with lz4 -d"),
	ROW(0, "\x02\x21\x4c\x18", "a file compressed by lz4", EXPAND " with lz4 -d"),
	ROW(0, "LZIP\x01", "a file compressed by lzip", EXPAND " with lzip -d"),
	ROW(0, "\x89LZO\0\r\n\x1a\n", "a file compressed by lzop", EXPAND " with lzop -d"),
	ROW(0, "LRZI", "a file compressed by lrzip", EXPAND " with lrzip -d"),
	ROW(0, "Salted__", "a file encrypted by OpenSSL", "decrypt it first"),
	ROW(0, "age-encryption.org/", "a file encrypted by age", "decrypt it first"),
	/* These magic numbers identify archives and packages. */
	ROW(0, "7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
	ROW(0, "Rar!\x1a\x07", "a rar archive", UNPACK),
	ROW(0, "MSCF\0\0\0\0", "a cabinet archive", UNPACK),
	ROW(0, "xar!", "a xar archive", UNPACK),
	ROW(0, "!<arch>\ndebian-binary", "a Debian package", IMAGE),
	ROW(0, "!<arch>\n", "an ar archive", UNPACK),
	ROW(0, "\xed\xab\xee\xdb", "an RPM package", IMAGE),
	ROW(0, "070701", "a cpio archive (perhaps an initial RAM disk)", UNPACK),
	ROW(0, "070702", "a cpio archive (perhaps an initial RAM disk)", UNPACK),
	ROW(0, "070707", "a cpio archive (perhaps an initial RAM disk)", UNPACK),
	/* These magic numbers identify programs and firmware. */
	ROW(0,
	    "\x7f"
	    "ELF",
	    "a program or firmware (ELF)", IMAGE),
	ROW(0, "\xcf\xfa\xed\xfe", "a program (Mach-O)", IMAGE),
	ROW(0, "\xca\xfe\xba\xbe", "a program (Mach-O or Java)", IMAGE),
	ROW(56, "ARM\x64", "a Linux kernel (arm64)", RECOVER),
	ROW(36, "\x18\x28\x6f\x01", "a Linux kernel (arm)", RECOVER),
	ROW(0, "\x27\x05\x19\x56", "a U-Boot image", RECOVER),
	ROW(0, "\xd0\x0d\xfe\xed", "a device tree or FIT image", RECOVER),
	/* These magic numbers identify documents, pictures, videos and other data that no board can
	 * boot. */
	ROW(0, "%PDF-", "a PDF document", IMAGE),
	ROW(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document or installer", IMAGE),
	ROW(0, "\x89PNG\r\n\x1a\n", "a picture (PNG)", IMAGE),
	ROW(0, "\xff\xd8\xff\xe0", "a picture (JPEG)", IMAGE),
	ROW(0, "\xff\xd8\xff\xe1", "a picture (JPEG)", IMAGE),
	ROW(0, "GIF8", "a picture (GIF)", IMAGE),
	ROW(4, "ftypisom", "a video (MP4)", IMAGE),
	ROW(4, "ftypmp42", "a video (MP4)", IMAGE),
	ROW(0, "\x1a\x45\xdf\xa3", "a video (Matroska)", IMAGE),
	ROW(0, "SQLite format 3\0", "an SQLite database", IMAGE),
	ROW(0, "d8:announce", "a BitTorrent file", "fetch the image that this file names"),
	ROW(0, "zsync: ", "a zsync file", "fetch the image that this file names"),
	ROW(0, "BSDIFF4", "a binary patch (bsdiff)", IMAGE),
	ROW(0, "\xd6\xc3\xc4\0", "a binary patch (VCDIFF)", IMAGE),
};

bool image_kind_set(struct image_kind *ret, const char *name, const char *remedy)
{
	*ret = (struct image_kind){.name = name, .remedy = remedy};
	return true;
}

/* Detects a tar archive by the checksum in its header. The checksum is the sum of all header bytes,
 * with spaces in place of the checksum itself. */
static bool is_tar(const unsigned char *head, size_t size)
{
	unsigned int sum = ' ' * TAR_SUM_BYTES, stated = 0, digits = 0;

	if (size < TAR_BYTES || head[0] == '\0')
		return false;
	for (size_t i = 0; i < TAR_BYTES; i++)
		if (i < TAR_SUM_AT || i >= TAR_SUM_AT + TAR_SUM_BYTES)
			sum += head[i];
	for (size_t i = TAR_SUM_AT; i < TAR_SUM_AT + TAR_SUM_BYTES; i++) {
		if (head[i] == ' ' && !digits)
			continue;
		if (head[i] < '0' || head[i] > '7')
			break;
		stated = stated * 8 + (head[i] - '0');
		digits++;
	}
	return digits && stated == sum;
}

/* Detects a .lzma file, whose format has no magic number. The file has the usual first byte 0x5d, a
 * dictionary size of 2^n or 2^n + 2^(n-1) bytes, and a plausible decompressed size. */
static bool is_lzma(const unsigned char *head, size_t size)
{
	uint64_t dictionary, expanded;

	if (size < LZMA_BYTES || head[0] != 0x5d)
		return false;
	dictionary = bytes_le32(head + 1);
	expanded = bytes_le64(head + 5);
	while (dictionary && dictionary % 2 == 0)
		dictionary /= 2;
	return (dictionary == 1 || dictionary == 3) &&
	       (expanded == UINT64_MAX || (expanded > 0 && expanded < LZMA_SIZE_MAX));
}

static bool is_compress(const unsigned char *head, size_t size)
{
	return size > 3 && head[0] == 0x1f && head[1] == 0x9d && (head[2] & 0x60) == 0 &&
	       (head[2] & 0x1f) >= COMPRESS_BITS_MIN && (head[2] & 0x1f) <= COMPRESS_BITS_MAX;
}

/* Detects a Windows program by its two headers. The first header (DOS) contains the offset of the
 * second one (PE). */
static bool is_windows_program(const unsigned char *head, size_t size)
{
	uint64_t at;

	if (size < 64 || memcmp(head, "MZ", 2) != 0)
		return false;
	at = bytes_le32(head + 60);
	return at <= size - 4 && memcmp(head + at, "PE\0", 4) == 0;
}

/* Detects a Linux kernel for x86. Such a kernel can be mistaken for a disk with a partition table,
 * because both have the bytes 55 aa at offset 510. */
static bool is_pc_kernel(const unsigned char *head, size_t size)
{
	return size >= 518 && head[510] == 0x55 && head[511] == 0xaa &&
	       memcmp(head + 514, "HdrS", 4) == 0;
}

bool image_kind_is_disk(const unsigned char *head, size_t size)
{
	struct table table;

	if (is_pc_kernel(head, size))
		return false;
	table_read(&table, head, size);
	return table.kind != TABLE_NONE || table_file_system(head, size);
}

bool image_kind_of(struct image_kind *ret, const unsigned char *head, size_t size)
{
	if (image_kind_is_disk(head, size))
		return false;
	if (is_pc_kernel(head, size))
		return image_kind_set(ret, "a Linux kernel (x86)", IMAGE);
	if (is_tar(head, size))
		return image_kind_set(ret, "a tar archive", UNPACK);
	for (size_t i = 0; i < array_size(magics); i++) {
		const struct magic *magic = &magics[i];

		if (size >= magic->at + magic->size &&
		    memcmp(head + magic->at, magic->text, magic->size) == 0) {
			*ret = magic->kind;
			return true;
		}
	}
	if (is_lzma(head, size))
		return image_kind_set(ret, "a file compressed by lzma", EXPAND " with xz -d");
	if (is_compress(head, size))
		return image_kind_set(ret, "a file compressed by compress (.Z)",
				      EXPAND " with gzip -d");
	if (is_windows_program(head, size))
		return image_kind_set(ret, "a Windows program", IMAGE);
	return image_kind_of_text(ret, head, size);
}

bool image_kind_of_tail(struct image_kind *ret, const unsigned char *tail)
{
	/* An Apple disk image ends with a block of 512 bytes. The block begins with "koly", a
	 * version number and its own size; both numbers are big-endian. */
	static const char dmg[] = {'k', 'o', 'l', 'y', 0, 0, 0, DMG_VERSION, 0, 0, 2, 0};

	if (memcmp(tail, dmg, sizeof(dmg)) != 0)
		return false;
	return image_kind_set(ret, "an Apple disk image (dmg)", UNPACK);
}
