/* SPDX-License-Identifier: Apache-2.0 */
/* Boards with a recovery. The boot ROM checks the second stage. After the recovery, the board
 * reboots, or waits until its power is cut. */
#include "tests/emulator/emu_private.h"
#include "tests/emulator/emu_recovery.h"

#include <errno.h>

/* Waits until the user notices that the board has stopped. */
static void emu_recovers_wait(struct emu *emu, uint64_t now_ms)
{
	unsigned int power_ms = emu_recovery_power_ms(emu->config.recovery);

	emu->script_over = true;
	if (power_ms)
		emu->cut_ms = now_ms + power_ms;
}

void emu_recovers_begin(struct emu *emu, uint64_t now_ms)
{
	struct emu_recovery *recovery = emu->config.recovery;

	if (emu->view.face == EMU_FACE_FILES && emu->recovers)
		emu_recovery_begin(recovery);
	if (emu->view.face != EMU_FACE_ROM)
		return;
	emu_recovery_power_on(recovery);
	emu->recovers = emu->refused = false;
	emu->step = 0;
	if (emu_recovery_flap_ms(recovery))
		emu->cut_ms = now_ms + emu_recovery_flap_ms(recovery);
	if (emu->config.step_count)
		emu->script_over = false; /* the payload follows */
}

void emu_recovers_judge(struct emu *emu, uint64_t now_ms)
{
	switch (emu_recovery_judge(emu->config.recovery, &emu->config)) {
	case EMU_CODE_PAYLOAD:
		return;
	case EMU_CODE_RECOVERY:
		emu->recovers = true;
		emu_log(emu, now_ms, "recovery");
		return;
	case EMU_CODE_REFUSED:
		emu->refused = true;
		return;
	case EMU_CODE_WRONG:
		emu_wrong(emu, "boot ROM: a second stage that is neither its payload nor its "
			       "recovery");
		return;
	}
}

int emu_recovers_refuse(struct emu *emu, uint64_t now_ms)
{
	emu_log(emu, now_ms, "refused");
	emu->silent = true;
	emu_recovers_wait(emu, now_ms);
	return emu_recovery_refusal_is_quiet(emu->config.recovery) ? 0 : -EAGAIN;
}

void emu_recovers_end(struct emu *emu, uint64_t now_ms)
{
	enum emu_recovery_end end = emu_recovery_end(emu->config.recovery);
	bool returns = end == EMU_RECOVERY_REBOOTS || end == EMU_RECOVERY_IS_OTHER ||
		       end == EMU_RECOVERY_IS_ANOTHER || end == EMU_RECOVERY_IS_NAMELESS;

	emu_log(emu, now_ms, "recovery over, error %d, end %d",
		emu_recovery_error(emu->config.recovery), (int)end);
	emu->talk = TALK_OVER;
	emu->script_over = true;
	if (end == EMU_RECOVERY_IS_OTHER) {
		emu->next_chip = emu->view.chip == EMU_BCM2711 ? EMU_BCM2712 : EMU_BCM2711;
		emu->chip_changes = true;
	}
	if (end == EMU_RECOVERY_IS_ANOTHER)
		emu->view.serial = "0badf00d";
	if (end == EMU_RECOVERY_IS_NAMELESS)
		emu->view.serial = "";
	if (end == EMU_RECOVERY_IS_SILENT)
		emu->silent = true;
	else
		emu_leave(emu, returns, EMU_FACE_ROM, false, now_ms);
	if (!returns)
		emu_recovers_wait(emu, now_ms);
}

void emu_power_cut(struct emu *emu, uint64_t now_ms)
{
	emu_log(emu, now_ms, "power cut");
	emu->cut_ms = EMU_NEVER;
	emu->step = 0;
	emu_leave(emu, true, EMU_FACE_ROM, true, now_ms);
}
