/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the known settings of bootloader configurations, and finds the known name that is most
 * similar to a misspelt one. */
#include "eeprom/config_keys.h"

#include "boot/chip.h"
#include "util/util.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_SIZE 32
/* An unknown name is reported as misspelt if it differs from a known name by at most this number of
 * letters. */
#define SIMILAR_MAX 3

static const struct config_key keys[] = {
	{"BOOTVAR0", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
	{"BOOT_MENU_ENABLED", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_LATER_CHIPS},
	{"BOOT_MENU_OPTIONS", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"BOOT_ORDER", CONFIG_ORDER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
	{"BOOT_UART", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"BOOT_WATCHDOG_PARTITION", CONFIG_NUMBER, 0, 63, CONFIG_ALL_CHIPS},
	{"BOOT_WATCHDOG_TIMEOUT", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
	{"CLIENT_IP", CONFIG_ADDRESS, 0, 0, CONFIG_ALL_CHIPS},
	{"DHCP_OPTION97", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
	{"DHCP_REQ_TIMEOUT", CONFIG_NUMBER, 500, INT32_MAX, CONFIG_ALL_CHIPS},
	{"DHCP_TIMEOUT", CONFIG_NUMBER, 5000, INT32_MAX, CONFIG_ALL_CHIPS},
	{"DISABLE_HDMI", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"DNS_IP", CONFIG_ADDRESS, 0, 0, CONFIG_ALL_CHIPS},
	{"ENABLE_SELF_UPDATE", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"FREEZE_VERSION", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"GATEWAY", CONFIG_ADDRESS, 0, 0, CONFIG_ALL_CHIPS},
	{"HDMI_DELAY", CONFIG_NUMBER, 0, INT32_MAX, CONFIG_ALL_CHIPS},
	{"HTTP_CACERT_HASH", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"HTTP_HOST", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"HTTP_PATH", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"HTTP_PORT", CONFIG_NUMBER, 1, 65535, CONFIG_ALL_CHIPS},
	{"IMAGER_REPO_URL", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"MAC_ADDRESS", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"MAC_ADDRESS_OTP", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"MAX_RESTARTS", CONFIG_NUMBER, -1, INT32_MAX, CONFIG_ALL_CHIPS},
	{"NETCONSOLE", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"NET_BOOT_MAX_RETRIES", CONFIG_NUMBER, -1, INT32_MAX, CONFIG_ALL_CHIPS},
	{"NET_INSTALL_AT_POWER_ON", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"NET_INSTALL_ENABLED", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"NET_INSTALL_KEYBOARD_WAIT", CONFIG_NUMBER, 0, INT32_MAX, CONFIG_ALL_CHIPS},
	{"NVME_CONTROLLER", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"PARTITION", CONFIG_NUMBER, 0, 63, CONFIG_ALL_CHIPS},
	{"PARTITION_WALK", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"PCIE_PROBE", CONFIG_NUMBER, 0, 1, CONFIG_LATER_CHIPS},
	{"POWER_OFF_ON_HALT", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"PSU_MAX_CURRENT", CONFIG_NUMBER, 0, 5000, CONFIG_LATER_CHIPS},
	{"PXE_OPTION43", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"REBOOT_ON_FATAL_ERROR", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"SDRAM_BANKLOW", CONFIG_NUMBER, 0, 7, CONFIG_ALL_CHIPS},
	{"SD_BOOT_MAX_RETRIES", CONFIG_NUMBER, -1, INT32_MAX, CONFIG_ALL_CHIPS},
	{"SD_OVERCURRENT_CHECK", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"SD_QUIRKS", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
	{"SIGNED_BOOT", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"SUBNET", CONFIG_ADDRESS, 0, 0, CONFIG_ALL_CHIPS},
	{"TFTP_FILE_TIMEOUT", CONFIG_NUMBER, 5000, INT32_MAX, CONFIG_ALL_CHIPS},
	{"TFTP_IP", CONFIG_ADDRESS, 0, 0, CONFIG_ALL_CHIPS},
	{"TFTP_PREFIX", CONFIG_NUMBER, 0, 2, CONFIG_ALL_CHIPS},
	{"TFTP_PREFIX_STR", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"UART_BAUD", CONFIG_NUMBER, 9600, 921600, CONFIG_ALL_CHIPS},
	{"USB_DEV_BOOT_MAX_RETRIES", CONFIG_NUMBER, -1, INT32_MAX, CONFIG_ALL_CHIPS},
	{"USB_DEV_FILE_TIMEOUT", CONFIG_NUMBER, 0, INT32_MAX, CONFIG_ALL_CHIPS},
	{"USB_MSD_DISCOVER_TIMEOUT", CONFIG_NUMBER, 5000, INT32_MAX, CONFIG_ALL_CHIPS},
	{"USB_MSD_EXCLUDE_VID_PID", CONFIG_TEXT, 0, 0, CONFIG_ALL_CHIPS},
	{"USB_MSD_LUN_TIMEOUT", CONFIG_NUMBER, 100, INT32_MAX, CONFIG_ALL_CHIPS},
	{"USB_MSD_PWR_OFF_TIME", CONFIG_NUMBER, 0, 5000, CONFIG_FIRST_CHIP},
	{"USB_MSD_STARTUP_DELAY", CONFIG_NUMBER, 0, 30000, CONFIG_ALL_CHIPS},
	{"USE_IPV6", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"VL805", CONFIG_NUMBER, 0, 1, CONFIG_FIRST_CHIP},
	{"WAIT_FOR_POWER_BUTTON", CONFIG_NUMBER, 0, 1, CONFIG_ALL_CHIPS},
	{"WAKE_ON_GPIO", CONFIG_NUMBER, 0, 2, CONFIG_ALL_CHIPS},
	{"XHCI_DEBUG", CONFIG_NUMBER, 0, UINT32_MAX, CONFIG_ALL_CHIPS},
};

const struct config_key *config_key_find(struct config_span name)
{
	for (size_t i = 0; i < array_size(keys); i++)
		if (config_span_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

/* Returns: the number of letters to replace, add or remove to turn one name into the other (the
 * Levenshtein distance). Upper and lower case count as equal. */
static size_t distance(struct config_span name, const char *known)
{
	size_t row[NAME_MAX_SIZE + 1], known_size = strlen(known);

	for (size_t j = 0; j <= known_size; j++)
		row[j] = j;
	for (size_t i = 1; i <= name.size; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= known_size; j++) {
			size_t best =
				diagonal + (toupper((unsigned char)name.at[i - 1]) != known[j - 1]);

			diagonal = row[j];
			best = best < row[j] + 1 ? best : row[j] + 1;
			row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
		}
	}
	return row[known_size];
}

const struct config_key *config_key_nearest(struct config_span name)
{
	const struct config_key *nearest = NULL;
	size_t best = SIMILAR_MAX + 1;

	/* The function suggests a known name for a misspelled one. Two wrong letters turn a short
	 * name into a quite different word, so accept fewer of them than SIMILAR_MAX. */
	if (name.size < 2 * SIMILAR_MAX)
		best = name.size / 2 + 1;
	if (name.size > NAME_MAX_SIZE)
		return NULL;
	for (size_t i = 0; i < array_size(keys); i++) {
		size_t found = distance(name, keys[i].name);

		if (found < best) {
			best = found;
			nearest = &keys[i];
		}
	}
	return nearest;
}

bool config_key_is_for(const struct config_key *key, const struct chip *chip)
{
	return key->chips == CONFIG_ALL_CHIPS ||
	       (key->chips == CONFIG_LATER_CHIPS) == chip->customer_block;
}
