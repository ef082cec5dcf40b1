/* SPDX-License-Identifier: Apache-2.0 */
/* The second stage: the board sends the requests of its script and compares the data that arrives.
 */
#include "tests/emulator/emu_private.h"
#include "tests/emulator/emu_recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void emu_next_step(struct emu *emu, uint64_t now_ms)
{
	const struct emu_step *step = emu_step(emu);

	if (step->for_ever && !emu->recovers)
		emu->script_over = true;
	else
		emu->step++;
	emu->talk = TALK_ASK;
	step = emu_step(emu);
	emu->ready_ms = now_ms + (step ? step->busy_ms : 0);
	if (!step)
		emu->script_over = true;
}

/* The host answers a request of a recovery. The next request or the data follows. */
static int emu_recovery_announced(struct emu *emu, uint32_t bytes, uint64_t now_ms)
{
	int r = emu_recovery_answer(emu->config.recovery, bytes);

	if (r < 0)
		return emu_wrong(emu, "%.200s: %u bytes of a file that no host has",
				 emu_step(emu)->name, bytes);
	if (r > 0)
		emu->talk = TALK_DATA;
	else
		emu_next_step(emu, now_ms);
	return 0;
}

/* The host answers a request: GetFileSize with a length, ReadFile with a length and then data. */
int emu_files_announce(struct emu *emu, uint32_t bytes, uint64_t now_ms)
{
	const struct emu_step *step = emu_step(emu);
	const char *name = step && step->name ? step->name : "";

	/* Accept a second acknowledgement: Done without a name already ended the conversation. */
	if (emu->talk == TALK_OVER && step && step->verb == EMU_DONE && !*name && bytes == 0)
		return 0;
	if (emu->talk != TALK_ANSWER || !step)
		return emu_wrong(emu, "second stage: control OUT where none is due");
	if (!emu->recovers && bytes != emu->truth.bytes)
		return emu_wrong(emu, "%.200s: %u bytes announced, %" PRIu64 " due", name, bytes,
				 emu->truth.bytes);
	emu_log(emu, now_ms, "answer %s %u", name, bytes);
	emu->announced = bytes;
	emu->got = 0;
	if (emu->recovers)
		return emu_recovery_announced(emu, bytes, now_ms);
	if (step->verb == EMU_END)
		emu_leave_for_payload(emu, now_ms);
	else if (step->verb == EMU_READ && bytes > 0)
		emu->talk = TALK_DATA;
	else
		emu_next_step(emu, now_ms);
	return 0;
}

/* Writes the message of the step's request. */
static size_t emu_request(const struct emu_step *step, uint8_t ret[EMU_MESSAGE])
{
	static const uint8_t commands[] = {
		[EMU_SIZE] = 0, [EMU_READ] = 1, [EMU_METADATA] = 0, [EMU_DONE] = 2, [EMU_END] = 0,
	};

	if (step->verb == EMU_RAW) {
		memcpy(ret, step->bytes, step->size);
		return step->size;
	}
	memset(ret, 0, EMU_MESSAGE);
	ret[0] = step->as_read ? 1 : commands[step->verb];
	if (step->verb == EMU_METADATA)
		snprintf((char *)ret + 4, EMU_MESSAGE - 4, "*%s*%s", step->name, step->value);
	else if (step->verb == EMU_END && step->value)
		ret[0] = (uint8_t)step->value[0]; /* an empty name with any command */
	else if (step->verb != EMU_END && step->name)
		snprintf((char *)ret + 4, EMU_MESSAGE - 4, "%s", step->name);
	return EMU_MESSAGE;
}

int emu_files_message(struct emu *emu, uint8_t *data, size_t size, uint64_t now_ms)
{
	const struct emu_step *step = emu_step(emu);
	uint8_t message[EMU_MESSAGE];
	size_t n;
	int r;

	if (emu->talk == TALK_OVER || !step)
		return -EAGAIN; /* leaving */
	r = emu_fault(emu, false, emu->step, 0, now_ms);
	if (r < 0)
		return r;
	if (emu->talk != TALK_ASK || size != EMU_MESSAGE)
		return emu_wrong(emu, "second stage: control IN of %zu bytes where none is due",
				 size);
	if (now_ms < emu->ready_ms)
		return -EAGAIN;
	if (step->verb == EMU_REENTER || step->verb == EMU_LEAVE) {
		emu->talk = TALK_OVER;
		if (emu->recovers) {
			emu_recovers_end(emu, now_ms);
		} else if (step->verb == EMU_LEAVE) {
			emu_leave_for_payload(emu, now_ms);
		} else {
			emu->script_over = step->for_ever;
			emu->step += !step->for_ever;
			emu_leave(emu, true, EMU_FACE_FILES, false, now_ms);
		}
		return -EAGAIN;
	}
	n = emu_request(step, message);
	memcpy(data, message, n);
	emu_log(emu, now_ms, "ask %d %s", message[0], step->name ? step->name : "");
	emu->talk = TALK_ANSWER;
	emu_truth_open(emu,
		       step->verb == EMU_SIZE || step->verb == EMU_READ ? step->content : NULL);
	if (step->verb == EMU_DONE && emu->recovers)
		emu_recovers_end(emu, now_ms);
	else if (step->verb == EMU_DONE)
		emu_leave_for_payload(emu, now_ms);
	if (step->verb == EMU_RAW)
		emu->script_over = true;
	return emu_reply(emu, data, (int)n);
}

int emu_files_bulk(struct emu *emu, const uint8_t *data, size_t size, uint64_t now_ms)
{
	const struct emu_step *step = emu_step(emu);
	int r;

	if (emu->recovers && emu->talk == TALK_OVER)
		return -EAGAIN; /* it crashed during the data, and leaves soon */
	r = emu_fault(emu, false, emu->step, emu->got + size - 1, now_ms);
	if (r < 0)
		return r;
	if (emu->talk != TALK_DATA || emu->got + size > emu->announced)
		return emu_wrong(emu, "second stage: bulk data where none is due");
	if (!emu->recovers) {
		emu_truth_take(emu, data, size);
	} else if (emu_recovery_data(emu->config.recovery, data, size) < 0) {
		emu_recovers_end(emu, now_ms);
		return -ENODEV;
	}
	emu->got += size;
	if (emu->got == emu->announced) {
		emu_log(emu, now_ms, "got %s %" PRIu64, step->name, emu->got);
		if (emu->recovers)
			emu_recovery_next(emu->config.recovery);
		emu_next_step(emu, now_ms);
	}
	return (int)size;
}
