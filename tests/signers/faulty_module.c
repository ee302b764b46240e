/* A PKCS#11 module in front of a real one. It passes every call on, except those a test has told it to answer itself:
 * what a token does when it is taken out, locked or broken, and SoftHSM never does. */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

typedef unsigned long number;

/* Places of functions in CK_FUNCTION_LIST. */
enum { GET_TOKEN_INFO = 6, OPEN_SESSION = 12, LOGIN = 18, SIGN = 43, FUNCTIONS = 68 };

/* CK_TOKEN_INFO begins with four texts of 96 characters in all. */
enum { FLAGS_AT = 96 };

struct function_list {
    unsigned char version[2];
    void *call[FUNCTIONS];
};

/* What a test reads and sets. */
number fault_answers[FUNCTIONS];   /* returned instead of a call... */
int fault_times[FUNCTIONS];        /* ...this often; less than 0 is for ever */
int fault_calls[FUNCTIONS];        /* how often each was called */
number fault_flags;          /* added to those of every token */
int fault_spoiled;      /* so many signatures get a wrong bit */

static struct function_list *real;
static struct function_list own;

static number answer(int which) {
    fault_calls[which]++;
    if (fault_times[which] == 0) return 0;
    if (fault_times[which] > 0) fault_times[which]--;
    return fault_answers[which];
}

static number get_token_info(number slot, unsigned char *info) {
    number told = answer(GET_TOKEN_INFO);
    if (!told) told = ((number (*)(number, void *))real->call[GET_TOKEN_INFO])(slot, info);
    if (!told) {
        number flags;
        memcpy(&flags, info + FLAGS_AT, sizeof flags);
        flags |= fault_flags;
        memcpy(info + FLAGS_AT, &flags, sizeof flags);
    }
    return told;
}

static number open_session(number slot, number flags, void *application, void *notify, number *session) {
    number told = answer(OPEN_SESSION);
    if (told) return told;
    return ((number (*)(number, number, void *, void *, number *))real->call[OPEN_SESSION])(
        slot, flags, application, notify, session);
}

static number login(number session, number user, void *pin, number length) {
    number told = answer(LOGIN);
    return told ? told : ((number (*)(number, number, void *, number))real->call[LOGIN])(session, user, pin, length);
}

static number sign(number session, void *data, number length, unsigned char *signature, number *signature_length) {
    number told = answer(SIGN);
    if (told) return told;
    told = ((number (*)(number, void *, number, unsigned char *, number *))real->call[SIGN])(
        session, data, length, signature, signature_length);
    if (!told && signature != NULL && fault_spoiled > 0) {
        fault_spoiled--;
        signature[0] ^= 1;
    }
    return told;
}

number C_GetFunctionList(struct function_list **list) {
    if (real == NULL) {
        void *library = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) return 5; /* CKR_GENERAL_ERROR */
        if (((number (*)(struct function_list **))dlsym(library, "C_GetFunctionList"))(&real)) return 5;
        own = *real;
        own.call[GET_TOKEN_INFO] = get_token_info;
        own.call[OPEN_SESSION] = open_session;
        own.call[LOGIN] = login;
        own.call[SIGN] = sign;
    }
    *list = &own;
    return 0;
}
