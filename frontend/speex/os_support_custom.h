/* libspeex speaks to a terminal when something is odd. Here there is none: it says it by what it answers, or stops. */
#define OVERRIDE_SPEEX_FATAL
#define OVERRIDE_SPEEX_WARNING
#define OVERRIDE_SPEEX_WARNING_INT
#define OVERRIDE_SPEEX_NOTIFY
#define OVERRIDE_SPEEX_PUTC
#define _speex_fatal(text, file, line) __builtin_trap()
#define speex_warning(text) ((void)0)
#define speex_warning_int(text, value) ((void)0)
#define speex_notify(text) ((void)0)
#define _speex_putc(letter, file) ((void)0)
